#include "app/engine/workbench_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/engine/checkpoint_examples.h"
#include "app/engine/loadable_students.h"
#include "app/engine/logits_examples.h"
#include "app/engine/run_examples.h"
#include "app/engine/table_example.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

void name_all(std::vector<NamedPath>& students) {
  std::vector<StudentPath> named;
  for (const NamedPath& student : students)
    named.push_back({student.name, student.path});
  name_students(named);
  for (std::size_t i = 0; i < students.size(); ++i)
    students[i].name = named[i].name;
}

void need(bool there, const char* what) {
  if (!there) throw Error::usage(fmt::format("nothing can be opened yet: {} is missing", what));
}

/// Holds messages back: what an attempt that fails says about the vocabularies is not of interest.
class HeldMessages final : public ProgressSink {
 public:
  explicit HeldMessages(ProgressSink& sink) : sink_(sink) {}
  void progress(std::string_view stage, std::int64_t done, std::int64_t total) override {
    sink_.progress(stage, done, total);
  }
  void warning(std::string_view message) override { held_.emplace_back(true, message); }
  void note(std::string_view message) override { held_.emplace_back(false, message); }
  void release() {
    for (const auto& [is_warning, message] : held_)
      is_warning ? sink_.warning(message) : sink_.note(message);
    held_.clear();
  }

 private:
  ProgressSink& sink_;
  std::vector<std::pair<bool, std::string>> held_;
};

/// What of the students can be loaded: see load_loadable. Null if stopped.
std::shared_ptr<const ModelSet> load_models(Workspace& workspace, const ModelOptions& options,
                                            ProgressSink& progress, const std::stop_token& stop,
                                            ModelPool& pool) {
  Sources& sources = workspace.sources;
  std::erase_if(pool, [&](const auto& each) {  // a load that fails may have made no room
    const auto has_folder = [&](const NamedPath& student) { return student.path == each->folder; };
    return each->folder != sources.teacher &&
           std::none_of(sources.students.begin(), sources.students.end(), has_folder);
  });
  return load_loadable(
      sources.students, workspace.failed_students, [&](const std::vector<NamedPath>& students) {
        ModelSetOptions wanted{sources.teacher, {}, options};
        for (const NamedPath& student : students)
          wanted.students.emplace_back(student.name, student.path);
        HeldMessages held(progress);
        ModelPool known = pool;  // loading drops what this attempt does not need, a later one may
        const auto keep = [&] {
          for (const auto& each : known)
            if (std::find(pool.begin(), pool.end(), each) == pool.end()) pool.push_back(each);
        };
        try {
          auto models = ModelSet::load(wanted, held, stop, &known);
          if (students.size() == sources.students.size()) {
            pool = known;  // what a changed folder held before goes
            held.release();
          } else {
            keep();
          }
          return models;
        } catch (const Error&) {
          keep();
          throw;
        }
      });
}

}  // namespace

std::shared_ptr<const Workspace> WorkbenchEngine::open(const Sources& sources, ProgressSink& progress,
                                                       std::stop_token stop) {
  const std::lock_guard lock(opening_);
  const auto workspace = std::make_shared<Workspace>();
  workspace->id = next_id();
  workspace->sources = sources;
  name_all(workspace->sources.students);
  name_all(workspace->sources.student_logits);
  const bool from_checkpoints = sources.run.empty() && sources.teacher_logits.empty();
  if (!from_checkpoints) {  // models are large: they go before anything else comes
    pool_.clear();
    list_.reset();
  }
  std::shared_ptr<const ModelSet> models;
  if (!sources.run.empty()) {
    if (!open_run(*workspace, options_, progress, stop)) return nullptr;
  } else if (!sources.teacher_logits.empty()) {
    need(!sources.student_logits.empty(), "a student's logits file");
    open_logits(*workspace, options_, progress);
  } else {
    if (!open_checkpoints(*workspace, progress, stop)) return nullptr;
    models = dynamic_cast<const CheckpointExamples&>(*workspace->engine_data).models();
  }
  remember(*workspace, std::move(models));
  return workspace;
}

bool WorkbenchEngine::open_checkpoints(Workspace& workspace, ProgressSink& progress,
                                       const std::stop_token& stop) {
  const Sources& sources = workspace.sources;
  need(!sources.teacher.empty(), "the teacher");
  need(!sources.students.empty(), "a student");
  need(!sources.data.empty(), "the data file");
  if (!list_ || !list_->is_of(sources.data, sources.prompt_template)) {
    list_.reset();
    list_ = ExampleList::read(sources.data, sources.prompt_template, options_, progress, stop);
    if (!list_) return false;
  }
  auto models = load_models(workspace, options_.model, progress, stop, pool_);
  if (!models) return false;
  describe_checkpoints(workspace, std::move(models), list_, options_);
  return true;
}

void WorkbenchEngine::remember(const Workspace& workspace, std::shared_ptr<const ModelSet> models) {
  const std::lock_guard lock(latest_);
  sources_ = workspace.sources;
  models_ = models;
  students_.clear();
  for (const ModelCard& student : workspace.students)
    students_.push_back(student.name);
}

std::shared_ptr<const ScoredExample> WorkbenchEngine::score(const Workspace& workspace, std::int64_t example,
                                                            ProgressSink& progress, std::stop_token stop) {
  const auto* source = dynamic_cast<const ExampleSource*>(workspace.engine_data.get());
  if (!source) throw Error::failed("", "the workspace was not opened by this engine");
  return source->score(example, progress, std::move(stop));
}

bool WorkbenchEngine::statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                                 const StatisticsSpec& spec, Precision precision,
                                 std::span<RowStatistics> out, std::stop_token stop) {
  if (const auto* table = dynamic_cast<const TableExample*>(&example)) {
    table_statistics(*table, student, first, spec, out);
    return !stop.stop_requested();
  }
  return KernelEngine::statistics(example, student, first, spec, precision, out, std::move(stop));
}

PositionDetail WorkbenchEngine::detail(const ScoredExample& example, std::size_t student, std::size_t row,
                                       const StatisticsSpec& spec, std::size_t top) {
  if (!example.has_logits()) {
    throw Error::usage("the analysis kept no logits of this example, so its distributions cannot be shown")
        .remedy("analyze again with --keep-logits");
  }
  return KernelEngine::detail(example, student, row, spec, top);
}

}  // namespace tauscope
