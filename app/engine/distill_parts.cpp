#include "app/engine/distill_parts.h"

#include <cmath>

#include "app/engine/generate_job.h"
#include "core/base/error.h"
#include "core/diagnostics/kept_logits.h"
#include "eval/scoring/score_job.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

class RealLoop final : public DistillLoop {
 public:
  RealLoop(const RunSpec& spec, ProgressSink& progress) : distiller_(spec, progress) {}
  Json controls() const override { return distiller_.controls(); }
  std::int64_t steps() const override { return distiller_.steps(); }
  void restore(const fs::path& checkpoint) override { distiller_.restore(checkpoint); }
  DistillEnd run(const DistillHooks& hooks, std::stop_token stop) override {
    return distiller_.run(hooks, std::move(stop));
  }

 private:
  Distiller distiller_;
};

GenerateRequest request_of(const RunSpec& spec, const fs::path& folder) {
  GenerateRequest asked;
  asked.data = spec.data.validation;
  asked.data_options.prompt_template = spec.data.form_template;
  asked.data_options.limit = spec.evaluation.limit;
  asked.decoding = decoding_protocol(asked.protocol);
  asked.decoding.max_new_tokens = spec.evaluation.max_new_tokens;
  asked.decoding.max_prompt_length = spec.data.max_prompt_length;
  asked.out = folder / "predictions.jsonl";
  asked.force = true;  // the answers of an earlier step
  return asked;
}

/// Greedy answers of a checkpoint, and their scores; null where it was stopped.
Json evaluate(const RunSpec& spec, const fs::path& run, const fs::path& checkpoint,
              const std::vector<std::string>& command, ProgressSink& progress, const std::stop_token& stop) {
  const fs::path folder = run_eval_folder(run, spec);
  fs::create_directories(folder);
  GenerateRequest asked = request_of(spec, folder);
  asked.command = command;
  ModelOptions options;
  options.device = spec.device;
  const GenerateOutcome answers = AnsweringModel(checkpoint, options, progress).answer(asked, progress, stop);
  if (!answers.complete) return nullptr;

  ScoreRequest scoring;
  scoring.predictions = {asked.out};
  scoring.metrics = parse_metrics(spec.evaluation.metric);
  scoring.set = folder.filename().string();
  scoring.model = spec.name;
  scoring.statistics.stop = stop;
  scoring.out = folder;
  scoring.force = true;
  scoring.command = command;
  scoring.decoding = to_json(asked.decoding);
  const ScoreOutcome scored = run_score(scoring, progress);
  if (!scored.result.finished) return nullptr;
  Json metrics = Json::object();
  for (const ScoreSummary& row : scored.result.summaries)
    metrics[row.metric] = {{"mean", number_or_null(row.mean)},
                           {"ci_low", number_or_null(row.interval.low)},
                           {"ci_high", number_or_null(row.interval.high)}};
  return {{"set", scored.set}, {"prompts", answers.prompts}, {"metrics", metrics}};
}

}  // namespace

DistillParts distill_parts(std::vector<std::string> command) {
  DistillParts parts;
  parts.loop = [](const RunSpec& spec, ProgressSink& progress) {
    return std::make_unique<RealLoop>(spec, progress);
  };
  parts.evaluate = [command = std::move(command)](const RunSpec& spec, const fs::path& run, std::int64_t,
                                                  const fs::path& checkpoint, ProgressSink& progress,
                                                  std::stop_token stop) {
    return evaluate(spec, run, checkpoint, command, progress, stop);
  };
  return parts;
}

void check_evaluation(const RunSpec& spec, const std::string& file) {
  try {
    parse_metrics(spec.evaluation.metric);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, file, "names no metric")
        .field("evaluation.metric")
        .found(spec.evaluation.metric)
        .expected(error.expected_value());
  }
}

fs::path run_eval_folder(const fs::path& run, const RunSpec& spec) {
  return run / "eval" / file_safe_name(spec.data.validation.stem().string());
}

}  // namespace tauscope
