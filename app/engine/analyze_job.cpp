#include "app/engine/analyze_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/checkpoint.h"
#include "core/diagnostics/analysis.h"
#include "core/diagnostics/kernel_choice.h"
#include "core/diagnostics/logits_source.h"
#include "core/diagnostics/output_folder.h"
#include "core/engine/pair_source.h"
#include "core/report/analysis_figures.h"
#include "core/report/html_report.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

std::string last_part(const fs::path& path) {
  const fs::path clean = (path / "").parent_path();  // "a/b/" -> "a/b"
  return fs::is_directory(path) ? clean.filename().string() : path.stem().string();
}

std::string with_parent(const fs::path& path) {
  const fs::path clean = fs::absolute(path / "").parent_path();
  return clean.parent_path().filename().string() + "/" + last_part(path);
}

/// What a manifest says of a logits file.
ManifestModel manifest_model(const std::string& name, const fs::path& path, const LogitsView& logits) {
  return {name, path.string(), sha256_file(path), "", 0, dtype_name(logits.dtype)};
}

ManifestModel manifest_model(const ModelFacts& facts) {
  return {facts.name,
          facts.checkpoint->folder().string(),
          facts.checkpoint->hash(),
          facts.architecture,
          facts.parameters,
          facts.stored_dtype};
}

/// A source together with what only it can tell the manifest.
class OpenedSource {
 public:
  virtual ~OpenedSource() = default;
  virtual ScoredSource& source() = 0;
  /// Which device the kernels are asked for (kernel_choice.h).
  virtual std::string kernel_device() const = 0;
  virtual void describe(Manifest& manifest) const = 0;
  /// What was left out or cut, one sentence each; known when the analysis has ended.
  virtual std::vector<std::string> warnings() const { return {}; }
};

class OpenedCheckpoints final : public OpenedSource {
 public:
  OpenedCheckpoints(const AnalyzeRequest& request, ProgressSink& progress)
      : request_(request), pair_(pair_options(request), progress) {}

  ScoredSource& source() override { return pair_; }

  /// Where the models leave the logits, unless another variant is asked for or this build has no kernels
  /// there.
  std::string kernel_device() const override {
    const KernelVariant* const named =
        find_kernel_variant(request_.spec.variant, to_string(request_.spec.mode));
    const bool elsewhere = !request_.spec.variant.empty() && named != nullptr && named->device() == "cpu";
    const bool on_gpu = pair_.device().starts_with("cuda");
    return on_gpu && !elsewhere && find_kernel_variant("cuda-exact")->supported() ? pair_.device() : "auto";
  }

  void describe(Manifest& manifest) const override {
    manifest.source.kind = "checkpoints";
    const auto& models = pair_.models();
    manifest.source.teacher = manifest_model(models.front());
    for (std::size_t i = 1; i < models.size(); ++i)
      manifest.source.students.push_back(manifest_model(models[i]));
    manifest.source.data = ManifestData{request_.data.string(), sha256_file(request_.data),
                                        data_form_name(pair_.form()), request_.data_options.prompt_template};
    manifest.source.tokenizer = ManifestTokenizer{pair_.tokenizer().description(), pair_.tokenizer_sha256()};
    manifest.device = pair_.device();
    manifest.dtype = dtype_name(request_.model.dtype);
    manifest.prompts_cut = pair_.prompts_cut();
    manifest.more_settings["too_long"] = request_.sequence.too_long == TooLong::skip ? "skip" : "error";
    manifest.more_settings["limit"] = request_.data_options.limit;
    manifest.more_settings["max_length"] = pair_.max_length();
    manifest.more_settings["eos"] = request_.sequence.add_eos;
    manifest.more_settings["batch_tokens"] = request_.batch_tokens;
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> list;
    if (const auto& left_out = pair_.too_long(); !left_out.empty()) {
      std::string which;
      for (std::size_t i = 0; i < left_out.size() && i < 10; ++i)
        which += fmt::format("{}{}", i ? ", " : "", left_out[i]);
      list.push_back(
          fmt::format("left out, because the response does not fit into {} tokens: {} of the examples ({}{})",
                      pair_.max_length(), left_out.size(), which, left_out.size() > 10 ? ", …" : ""));
    }
    if (pair_.prompts_cut() > 0) {
      list.push_back(fmt::format("cut from the left to fit into {} tokens: {} of the prompts",
                                 pair_.max_length(), pair_.prompts_cut()));
    }
    return list;
  }

 private:
  static ModelPairOptions pair_options(const AnalyzeRequest& request) {
    ModelPairOptions options;
    options.teacher = request.teacher;
    for (const StudentPath& student : request.students)
      options.students.emplace_back(student.name, student.path);
    options.data = request.data;
    options.data_options = request.data_options;
    options.sequence = request.sequence;
    options.model = request.model;
    options.models = request.models;
    options.chunk_budget_bytes = request.chunk_bytes;
    options.batch_tokens = request.batch_tokens;
    return options;
  }

  const AnalyzeRequest& request_;
  ModelPairSource pair_;
};

class OpenedLogits final : public OpenedSource {
 public:
  OpenedLogits(const AnalyzeRequest& request, ProgressSink& progress)
      : request_(request), joined_(join(request)) {
    report(progress);
    std::vector<std::string> names;
    for (const StudentPath& student : request.student_logits)
      names.push_back(student.name);
    source_ = std::make_unique<LogitsSource>(joined_, std::move(names));
  }

  ScoredSource& source() override { return *source_; }
  std::string kernel_device() const override { return request_.model.device; }

  void describe(Manifest& manifest) const override {
    manifest.source.kind = "logits";
    manifest.source.teacher =
        manifest_model("teacher", request_.teacher_logits, joined_.teacher_file->logits());
    for (std::size_t i = 0; i < request_.student_logits.size(); ++i) {
      const StudentPath& student = request_.student_logits[i];
      manifest.source.students.push_back(
          manifest_model(student.name, student.path, joined_.student_files[i]->logits()));
    }
    if (const KernelVariant* const ran = find_kernel_variant(manifest.spec.variant))
      manifest.device = ran->device();
    manifest.more_settings["vocab_rule"] = request_.vocab_intersect ? "intersect" : "error";
  }

 private:
  static JoinedLogits join(const AnalyzeRequest& request) {
    auto teacher = LogitsFile::open(request.teacher_logits);
    std::vector<std::shared_ptr<const LogitsFile>> students;
    for (const StudentPath& student : request.student_logits)
      students.push_back(LogitsFile::open(student.path));
    return join_logits(std::move(teacher), std::move(students),
                       request.vocab_intersect ? VocabularyRule::intersect : VocabularyRule::must_agree);
  }

  void report(ProgressSink& progress) const {
    progress.note(fmt::format("logits: {} rows, {} scored, vocabulary {}", joined_.rows(),
                              joined_.scored_rows(), joined_.vocab()));
    const auto warn_ignored = [&](const LogitsFile& file) {
      for (const std::string& name : file.ignored()) {
        progress.warning(file.path().string() + ": the tensor '" + name + "' is not used");
      }
    };
    warn_ignored(*joined_.teacher_file);
    for (const auto& file : joined_.student_files)
      warn_ignored(*file);
  }

  const AnalyzeRequest& request_;
  JoinedLogits joined_;
  std::unique_ptr<LogitsSource> source_;
};

std::unique_ptr<OpenedSource> open_source(const AnalyzeRequest& request, ProgressSink& progress) {
  if (!request.teacher_logits.empty()) return std::make_unique<OpenedLogits>(request, progress);
  return std::make_unique<OpenedCheckpoints>(request, progress);
}

}  // namespace

StudentPath parse_student(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || fs::exists(text)) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void name_students(std::vector<StudentPath>& students) {
  std::vector<std::string> chosen(students.size());
  const auto taken = [&](std::size_t self, const std::string& name) {
    for (std::size_t i = 0; i < students.size(); ++i) {
      const std::string other = students[i].name.empty() ? last_part(students[i].path) : students[i].name;
      if (i != self && other == name) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < students.size(); ++i) {
    chosen[i] = students[i].name;
    if (!chosen[i].empty()) continue;
    chosen[i] = last_part(students[i].path);
    if (taken(i, chosen[i])) chosen[i] = with_parent(students[i].path);
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < students.size(); ++i) {
    if (!seen.insert(chosen[i]).second) {
      throw Error::usage("two students are called '" + chosen[i] + "'")
          .remedy("name them: --student NAME=PATH");
    }
    students[i].name = chosen[i];
  }
}

namespace {

/// Names of variants and devices, before minutes are spent on loading.
void check_kernels(const AnalyzeRequest& request) {
  const bool files = !request.teacher_logits.empty();
  choose_kernel(request.spec.variant, to_string(request.spec.mode), files ? request.model.device : "auto");
}

/// Replacing an analysis removes what is in its folder, so nothing that is read may lie there.
void check_inputs_lie_outside(const AnalyzeRequest& request) {
  std::vector<fs::path> inputs = {request.teacher, request.data, request.teacher_logits};
  for (const auto* students : {&request.students, &request.student_logits})
    for (const StudentPath& student : *students)
      inputs.push_back(student.path);
  const fs::path out = fs::weakly_canonical(request.out / ".").lexically_normal();
  for (const fs::path& input : inputs) {
    if (input.empty()) continue;
    const fs::path way = fs::weakly_canonical(input).lexically_relative(out);
    if (way.empty() || *way.begin() == "..") continue;
    throw Error::usage("the input " + input.string() + " lies in the output folder " + request.out.string())
        .remedy("choose another --out: the folder's content is replaced");
  }
}

}  // namespace

AnalyzeOutcome run_analyze(const AnalyzeRequest& request, ProgressSink& progress, std::stop_token stop) {
  check_spec(request.spec);
  check_kernels(request);
  check_inputs_lie_outside(request);
  check_output_folder(request.out, request.force);  // before minutes are spent on loading
  const auto opened = open_source(request, progress);
  open_output_folder(request.out, request.force);

  AnalysisSpec spec = request.spec;
  spec.device = opened->kernel_device();
  const AnalysisResult result = run_analysis(opened->source(), spec, request.out, progress, stop);
  Manifest manifest = manifest_of(result, spec);
  manifest.command = request.command;
  opened->describe(manifest);
  for (std::string& warning : opened->warnings()) {
    progress.warning(warning);
    manifest.warnings.push_back(std::move(warning));
  }
  const std::stop_token no_drawing = request.figures_when_stopped ? std::stop_token{} : stop;
  if (request.figures && result.counts.positions > 0 && !no_drawing.stop_requested()) {
    const Json facts = manifest_json(manifest);
    write_analysis_figures(result.tables, facts, request.out / "figures", *request.figures, progress,
                           no_drawing);
    if (!no_drawing.stop_requested()) write_html_report(result.tables, facts, request.out, progress);
  }
  write_manifest(manifest, request.out);
  if (result.failure) std::rethrow_exception(result.failure);
  if (result.complete && result.counts.positions == 0) {
    throw Error::bad_input(request.data.empty() ? request.teacher_logits.string() : request.data.string(),
                           "nothing was scored, so the tables are empty")
        .remedy("see the warnings above");
  }
  return {std::move(manifest), result.tables};
}

}  // namespace tauscope
