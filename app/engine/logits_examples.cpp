#include "app/engine/logits_examples.h"

#include <fmt/format.h>

#include <optional>

#include "app/engine/analyze_job.h"
#include "app/engine/loadable_students.h"
#include "app/session/kernel_engine.h"
#include "core/base/error.h"
#include "core/diagnostics/logits_source.h"

namespace tauscope {

namespace {

/// The scored rows as one chunk: views onto the files, or a copy where unscored rows lie between.
class LogitsExample final : public ExampleSource {
 public:
  LogitsExample(JoinedLogits joined, const WorkbenchOptions& options) : options_(options) {
    const std::size_t rows = joined.rows(), scored = joined.scored_rows(), students = joined.students.size();
    if (scored < rows) {
      check_example_bytes(scored * joined.vocab() * (students + 1) * sizeof(float), options,
                          joined.teacher_file->path().string(), 0);
    }
    LogitsSource source(std::move(joined), std::vector<std::string>(students), rows);
    chunk_ = *source.next({});
  }

  std::shared_ptr<const ScoredExample> score(std::int64_t index, ProgressSink&,
                                             std::stop_token) const override {
    if (index != 0) throw Error::usage("logits files have one example: 0");
    auto example = std::make_shared<HostExample>();
    example->id = next_id();
    example->rows = chunk_.teacher.rows;
    example->vocab = chunk_.teacher.vocab;
    example->teacher = chunk_.teacher;
    example->students = chunk_.students;
    example->targets = chunk_.targets;
    example->positions = chunk_.positions;
    for (std::size_t row = 0; row < example->rows; ++row) {
      const std::int64_t target = chunk_.targets.empty() ? -1 : chunk_.targets[row];
      example->response.push_back({static_cast<std::int32_t>(target), ""});
    }
    example->keep_alive = chunk_.keep_alive;
    return example;
  }

 private:
  WorkbenchOptions options_;
  ScoredChunk chunk_;
};

ModelCard card_of(std::string name, const LogitsFile& file) {
  return {std::move(name), file.path().string(), "", dtype_name(file.logits().dtype), 0};
}

void warn_of_ignored(const LogitsFile& file, ProgressSink& progress) {
  for (const std::string& name : file.ignored())
    progress.warning(file.path().string() + ": the tensor '" + name + "' is not used");
}

JoinedLogits join_loadable(Workspace& workspace) {
  Sources& sources = workspace.sources;
  return *load_loadable(
      sources.student_logits, workspace.failed_students, [&](const std::vector<NamedPath>& students) {
        std::vector<std::shared_ptr<const LogitsFile>> files;
        for (const NamedPath& student : students)
          files.push_back(LogitsFile::open(student.path));
        return std::optional(join_logits(LogitsFile::open(sources.teacher_logits), std::move(files)));
      });
}

}  // namespace

void open_logits(Workspace& workspace, const WorkbenchOptions& options, ProgressSink& progress) {
  JoinedLogits joined = join_loadable(workspace);
  const Sources& sources = workspace.sources;
  warn_of_ignored(*joined.teacher_file, progress);
  workspace.teacher = card_of("teacher", *joined.teacher_file);
  for (std::size_t i = 0; i < joined.student_files.size(); ++i) {
    warn_of_ignored(*joined.student_files[i], progress);
    workspace.students.push_back(card_of(sources.student_logits[i].name, *joined.student_files[i]));
  }
  workspace.examples = {{0, sources.teacher_logits.filename().string(), ""}};
  workspace.data_description = fmt::format("logits files: {} rows, {} scored, vocabulary {}", joined.rows(),
                                           joined.scored_rows(), joined.vocab());
  workspace.vocab = static_cast<std::int64_t>(joined.vocab());
  workspace.engine_data = std::make_shared<LogitsExample>(std::move(joined), options);
}

}  // namespace tauscope
