#include "app/cli/commands.h"
#include "app/cli/statistics_options.h"
#include "app/engine/analyze_job.h"
#include "app/engine/run_comparison.h"
#include "eval/comparison/comparison.h"

namespace tauscope {

namespace {

Json row_json(const ComparedRow& row) {
  Json json{{"set", row.set},
            {"model", row.model},
            {"metric", row.metric},
            {"mean", number_or_null(row.mean)},
            {"ci_low", number_or_null(row.interval.low)},
            {"ci_high", number_or_null(row.interval.high)},
            {"sd_over_seeds", number_or_null(row.sd_over_seeds)},
            {"count", row.count},
            {"training_seeds", row.training_seeds},
            {"baseline", row.baseline}};
  if (!row.baseline) json["delta"] = number_or_null(row.difference.delta);
  if (!row.tested) return json;
  const PairedComparison& difference = row.difference;
  json.update({{"delta_ci_low", number_or_null(difference.interval.low)},
               {"delta_ci_high", number_or_null(difference.interval.high)},
               {"p", number_or_null(difference.p)},
               {"p_holm", number_or_null(row.p_holm)},
               {"p_ttest", number_or_null(difference.p_ttest)},
               {"effect_size", number_or_null(difference.effect_size)},
               {"wins", difference.wins},
               {"ties", difference.ties},
               {"losses", difference.losses},
               {"within_noise", row.within_noise}});
  return json;
}

class CompareCommand final : public CliCommand {
 public:
  std::string name() const override { return "compare"; }
  std::string summary() const override {
    return "scored models against a baseline: differences, intervals, p, and which of them are noise";
  }
  std::vector<std::string> examples() const override {
    return {
        "for m in teacher student-llama student-gpt2; do tauscope score --predictions "
        "assets/demo/answers/$m.jsonl "
        "\\\n      --references assets/demo/data/test.jsonl --out scores/$m; done\n"
        "  tauscope compare scores/student-llama scores/student-gpt2 scores/teacher",
        "tauscope compare llama=scores/student-llama gpt2=scores/student-gpt2 --baseline gpt2 --format "
        "latex"};
  }

  void add_options(CLI::App& app) override {
    app.add_option("scores", folders_,
                   "folders that `score` or `eval` wrote, or runs of `distill`, [NAME=]FOLDER; several under "
                   "one NAME are its "
                   "training seeds")
        ->required();
    app.add_option("--baseline", baseline_, "what the others are compared with (default: the first)");
    app.add_option("--metric", metrics_, "comma-separated (default: all that every model was scored by)")
        ->delimiter(',');
    app.add_option("--format", format_, "text, csv, markdown or latex (for the package booktabs)")
        ->check(CLI::IsMember({"text", "csv", "markdown", "latex"}))
        ->capture_default_str();
    statistics_.add_to(app, false);
  }

  void run(CommandContext& context) override {
    std::vector<ScoredFolder> folders;
    for (const std::string& text : folders_) {
      const StudentPath named = parse_student(text);
      folders.push_back({named.name, named.path});
    }
    name_runs(folders);
    for (const std::string& difference : run_differences(folders))
      context.console.note("differs: " + difference);
    const ComparisonTable table =
        compare_scores(folders, baseline_, metrics_, statistics_.parsed(context.stop), context.console);
    if (!table.finished) return;
    if (!context.console.json()) context.console.write(comparison_text(table, format()));
    for (const std::string& warning : noise_warnings(table))
      context.console.warning(warning);
    Json rows = Json::array();
    for (const ComparedRow& row : table.rows)
      rows.push_back(row_json(row));
    context.console.document(name(), {{"baseline", table.baseline},
                                      {"level", table.level},
                                      {"resamples", table.resamples},
                                      {"tests", table.tests},
                                      {"rows", rows}});
  }

 private:
  ComparisonFormat format() const {
    return format_ == "csv"        ? ComparisonFormat::csv
           : format_ == "markdown" ? ComparisonFormat::markdown
           : format_ == "latex"    ? ComparisonFormat::latex
                                   : ComparisonFormat::text;
  }

  std::vector<std::string> folders_, metrics_;
  std::string baseline_, format_ = "text";
  StatisticsCliOptions statistics_;
};

}  // namespace

std::unique_ptr<CliCommand> make_compare_command() {
  return std::make_unique<CompareCommand>();
}

}  // namespace tauscope
