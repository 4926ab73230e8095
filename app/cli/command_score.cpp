#include "app/cli/commands.h"
#include "app/cli/statistics_options.h"
#include "eval/scoring/score_job.h"

namespace tauscope {

namespace {

class ScoreCommand final : public CliCommand {
 public:
  std::string name() const override { return "score"; }
  std::string summary() const override {
    return "ROUGE and other metrics of answers against references, with intervals";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope score --predictions assets/demo/answers/student-llama.jsonl --references "
        "assets/demo/data/test.jsonl",
        "tauscope score --predictions assets/demo/answers/student-gpt2.jsonl --references "
        "assets/demo/data/test.jsonl \\\n"
        "      --metric rouge-l,exact-match,distinct-2,length --out demo-scores"};
  }

  void add_options(CLI::App& app) override {
    const std::string input = "Input", results = "Results";
    app.add_option(
           "--predictions", predictions_,
           "answers, JSON lines with `text` (or `answer`, `response`), and `example` and `seed` where there "
           "are any; may be repeated, such as one file for each seed")
        ->required()
        ->allow_extra_args(false)
        ->group(input);
    app.add_option(
           "--references", references_,
           "any data file, Vicuna answers, or JSON lines with `output`; without it each prediction must "
           "carry its `output`")
        ->group(input);
    app.add_option("--metric", metrics_, "comma-separated: " + known_metrics())->capture_default_str();
    app.add_option("--set", set_, "name of the set in the tables (default: the references' file name)")
        ->group(results);
    app.add_option("--model", model_, "name of the model in the tables (default: the predictions' file name)")
        ->group(results);
    app.add_option("--out", out_, "folder for scores.csv, summary.csv and protocol.json")->group(results);
    app.add_flag("--force", force_, "replace the score that is there")->group(results);
    statistics_.add_to(app, true);
  }

  void run(CommandContext& context) override {
    ScoreRequest request;
    request.predictions.assign(predictions_.begin(), predictions_.end());
    if (!references_.empty()) request.references = references_;
    request.metrics = parse_metrics(metrics_);
    request.set = set_;
    request.model = model_;
    request.statistics = statistics_.parsed(context.stop);
    if (!out_.empty()) request.out = out_;
    request.force = force_;
    request.command = context.command_line;
    const ScoreOutcome outcome = run_score(request, context.console);
    if (!outcome.result.finished) return;
    context.console.result(score_text(outcome));
    if (request.out) context.console.result("written to " + out_);
    context.console.document(
        name(), {{"summary", summary_json(std::span(&outcome, 1))}, {"protocol", outcome.protocol}});
  }

 private:
  static std::string known_metrics() {
    std::string text;
    for (const std::string& metric : metric_names())
      text += metric + ", ";
    return text + "pass@K";
  }

  std::vector<std::string> predictions_;
  std::string references_, metrics_ = "rouge-l", set_, model_, out_;
  bool force_ = false;
  StatisticsCliOptions statistics_;
};

}  // namespace

std::unique_ptr<CliCommand> make_score_command() {
  return std::make_unique<ScoreCommand>();
}

}  // namespace tauscope
