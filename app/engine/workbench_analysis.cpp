// The long jobs of the workbench's engine: a whole analysis, and reading one back.
#include <fmt/format.h>

#include <algorithm>

#include "app/engine/workbench_engine.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/output_folder.h"
#include "core/diagnostics/tokens_reader.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

std::vector<StudentPath> named_students(const std::vector<NamedPath>& students) {
  std::vector<StudentPath> named;
  for (const NamedPath& student : students)
    named.push_back({student.name, student.path});
  name_students(named);
  return named;
}

std::string joined(const std::vector<double>& taus) {
  std::string text;
  for (const double tau : taus)
    text += (text.empty() ? "" : ",") + format_number(tau);
  return text;
}

std::vector<std::string> command_line(const AnalyzeRequest& request) {
  std::vector<std::string> words = {"tauscope", "analyze"};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  const auto students = [&](const char* option, const std::vector<StudentPath>& list) {
    for (const StudentPath& student : list)
      add(option, student.name + "=" + student.path.string());
  };
  if (request.teacher_logits.empty()) {
    add("--teacher", request.teacher.string());
    students("--student", request.students);
    add("--data", request.data.string());
    add("--template", request.data_options.prompt_template);
    if (request.data_options.limit > 0) add("--limit", std::to_string(request.data_options.limit));
  } else {
    add("--teacher-logits", request.teacher_logits.string());
    students("--student-logits", request.student_logits);
  }
  add("--tau", joined(request.spec.taus));
  add("--tau-scaling", to_string(request.spec.tau_scaling));
  add("--dominant", to_string(request.spec.dominant));
  add("--tokens", to_string(request.spec.tokens));
  add("--out", request.out.string());
  return words;
}

/// Where each of `names` stands in `all`, after those that `first` names in its order.
std::vector<std::string> ordered_as(std::vector<std::string> names, const std::vector<std::string>& first) {
  const auto place = [&](const std::string& name) {
    return std::find(first.begin(), first.end(), name) - first.begin();
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
  return names;
}

}  // namespace

AnalyzeRequest analyze_request(const Sources& sources, const StatisticsSpec& spec, std::int64_t limit,
                               const fs::path& folder, const ModelOptions& model) {
  if (!sources.run.empty())
    throw Error::usage("what is open is an analysis already")
        .remedy("open checkpoints and data to run another");
  AnalyzeRequest request;
  request.teacher = sources.teacher;
  request.students = named_students(sources.students);
  request.data = sources.data;
  request.data_options = {sources.prompt_template, limit};
  request.sequence.too_long = TooLong::skip;
  request.model = model;
  request.teacher_logits = sources.teacher_logits;
  request.student_logits = named_students(sources.student_logits);
  request.spec.taus = spec.taus;
  request.spec.tau_scaling = spec.tau_scaling;
  request.spec.dominant = spec.dominant;
  request.spec.overlap_k = spec.overlap_k;
  request.spec.tokens = TokensFormat::csv_gz;
  request.spec.threads = model.threads > 0 ? model.threads : worker_threads();
  request.out = folder;
  request.figures_when_stopped = false;
  request.command = command_line(request);
  return request;
}

void WorkbenchEngine::analyze(const Sources& sources, const StatisticsSpec& spec, std::int64_t limit,
                              const fs::path& folder, ProgressSink& progress, std::stop_token stop) {
  std::error_code ignored;
  if (folder.empty()) throw Error::usage("the folder for the analysis is missing");
  if (fs::is_directory(folder, ignored) && !fs::is_empty(folder, ignored)) {
    throw Error::failed(folder.string(), "the folder is not empty; nothing in it was changed")
        .remedy("choose another folder");
  }
  AnalyzeRequest request = analyze_request(sources, spec, limit, folder, options_.model);
  {
    const std::lock_guard lock(latest_);
    if (sources == sources_) request.models = models_.lock();
  }
  const AnalyzeOutcome outcome = run_analyze(request, progress, std::move(stop));
  if (!outcome.manifest.complete)
    progress.note("stopped: what was done so far is in " + folder.string() +
                  ", marked as partial in its manifest.json");
}

std::shared_ptr<const DataSummary> WorkbenchEngine::read_analysis(const fs::path& folder,
                                                                  ProgressSink& progress,
                                                                  std::stop_token stop) {
  check_is_analysis(folder);
  const auto summary = std::make_shared<DataSummary>();
  const Manifest manifest = read_manifest(folder);
  summary->id = next_id();
  summary->folder = folder;
  summary->manifest = manifest_json(manifest);
  summary->tables = read_tables(folder);
  summary->taus = manifest.spec.taus;
  std::sort(summary->taus.begin(), summary->taus.end());
  std::vector<std::string> students;
  for (const ManifestModel& student : manifest.source.students)
    students.push_back(student.name);
  {
    const std::lock_guard lock(latest_);
    summary->students = ordered_as(std::move(students), students_);
  }
  const fs::path tokens = tokens_file(folder);
  if (tokens.empty()) return stop.stop_requested() ? nullptr : summary;
  auto means = example_means(tokens, summary->students, summary->taus, options_.max_summary_bytes, progress,
                             std::move(stop));
  if (!means) return nullptr;
  if (!means->complete)
    progress.warning(fmt::format("{}: means are shown for the first {} examples", tokens.string(),
                                 means->examples.size()));
  summary->examples = std::move(means->examples);
  summary->example_means = std::move(means->means);
  return summary;
}

}  // namespace tauscope
