#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/decoding_options.h"
#include "app/cli/model_options.h"
#include "app/engine/analyze_job.h"
#include "app/engine/eval_job.h"
#include "core/base/error.h"
#include "eval/comparison/comparison.h"

namespace tauscope {

namespace {

/// [NAME=]PATH, all with a name.
std::vector<NamedPath> named(const std::vector<std::string>& texts) {
  std::vector<StudentPath> paths;
  for (const std::string& text : texts)
    paths.push_back(parse_student(text));
  name_students(paths);
  std::vector<NamedPath> out;
  for (const StudentPath& path : paths)
    out.push_back({path.name, path.path});
  return out;
}

class EvalCommand final : public CliCommand {
 public:
  std::string name() const override { return "eval"; }
  std::string summary() const override {
    return "checkpoints over evaluation sets and seeds: answers, scores with intervals, what differs";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope eval --model assets/demo/student-llama --model assets/demo/student-gpt2 \\\n"
        "      --data assets/demo/data/test.jsonl --limit 50 --out demo-eval",
        "tauscope eval --model assets/demo/teacher --model llama=assets/demo/student-llama --data "
        "demo=assets/demo/data/test.jsonl \\\n"
        "      --limit 50 --protocol minillm --max-new-tokens 64 --seeds 10,20 --out demo-eval-sampled"};
  }

  void add_options(CLI::App& app) override {
    app.add_option("--model", models_, "a checkpoint's folder, [NAME=]DIR; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--data", sets_, "an evaluation set, [NAME=]FILE; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--references", references_,
                   "references of a set whose data have none (Vicuna), NAME=FILE; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--seeds", spec_.seeds, "of sampling; without sampling one is enough")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--metric", spec_.metrics, "comma-separated, as for `score`")->capture_default_str();
    app.add_option(
        "--out", request_.out,
        "folder: MODEL/SET/ with answers and scores, and summary.csv; the same command goes on with "
        "what is unfinished there");
    app.add_option("--resume", resumed_, "the folder of an evaluation that is unfinished: go on with it")
        ->excludes("--model", "--data", "--out");
    app.add_flag("--force", request_.force, "replace answers that were made with other settings");
    data_.add_to(app);
    decoding_.add_to(app);
    model_options_.add_to(app);
  }

  void run(CommandContext& context) override {
    if (!resumed_.empty()) {
      request_ = read_eval_request(resumed_);
    } else {
      request_.spec = spec();
      for (const auto& [given, option] : {std::pair(models_.size(), "--model"),
                                          {sets_.size(), "--data"},
                                          {request_.out.string().size(), "--out"}})
        if (given == 0)
          throw Error::usage(fmt::format("{} is missing", option)).remedy("or go on with --resume DIR");
    }
    request_.threads = model_options_.threads();
    request_.command = context.command_line;
    const EvalOutcome outcome = run_eval(request_, context.console, context.stop);
    if (!outcome.complete) {
      context.console.note(fmt::format(
          "stopped: what was done is in {}, and the same command, or `tauscope eval --resume {}`, "
          "goes on with the rest",
          request_.out.string(), request_.out.string()));
      return;
    }
    report(context, outcome);
  }

 private:
  EvaluationSpec spec() const {
    EvaluationSpec spec = spec_;
    spec.models = named(models_);
    spec.sets = named(sets_);
    for (const std::string& text : references_) {
      const auto equals = text.find('=');
      if (equals == std::string::npos)
        throw Error::usage("references belong to a set").found(text).expected("NAME=FILE");
      spec.references.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    spec.prompt_template = data_.data.prompt_template;
    spec.limit = data_.data.limit;
    spec.filter = data_.filter;
    spec.decoding = decoding_.parsed();
    spec.protocol = decoding_.protocol();
    spec.batch = decoding_.batch();
    spec.device = model_options_.device();
    spec.dtype = model_options_.dtype();
    return spec;
  }

  void report(CommandContext& context, const EvalOutcome& outcome) {
    Console& console = context.console;
    const std::vector<NamedPath>& models = request_.spec.models;
    if (models.size() == 1)
      for (const ScoreOutcome& score : outcome.scores)
        console.result(score_text(score));
    if (models.size() > 1 && !outcome.scores.empty()) {
      std::vector<ScoredFolder> folders;
      for (const NamedPath& model : models)
        folders.push_back({model.name, eval_folder(request_.out, model.name, "x").parent_path()});
      BootstrapOptions statistics;
      statistics.stop = context.stop;
      const ComparisonTable table = compare_scores(folders, "", {}, statistics, console);
      if (!table.finished) return;
      console.result(comparison_text(table, ComparisonFormat::text));
    }
    if (outcome.counts.new_tokens > 0)
      console.note(fmt::format(
          "{} answers, {} new tokens, {:.0f} a second", outcome.counts.answers, outcome.counts.new_tokens,
          static_cast<double>(outcome.counts.new_tokens) / std::max(outcome.seconds, 1e-9)));
    console.result("written to " + request_.out.string());
    console.document(name(), {{"out", request_.out.string()},
                              {"summary", summary_json(outcome.scores)},
                              {"answers", outcome.counts.answers},
                              {"new_tokens", outcome.counts.new_tokens},
                              {"seconds", outcome.seconds},
                              {"unscored", outcome.unscored}});
  }

  std::vector<std::string> models_, sets_, references_;
  std::string resumed_;
  EvaluationSpec spec_;
  EvalRequest request_;
  DataCliOptions data_;
  DecodingCliOptions decoding_;
  ModelCliOptions model_options_;
};

}  // namespace

std::unique_ptr<CliCommand> make_eval_command() {
  return std::make_unique<EvalCommand>();
}

}  // namespace tauscope
