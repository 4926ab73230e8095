#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/decoding_options.h"
#include "app/cli/model_options.h"
#include "app/engine/generate_job.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

class GenerateCommand final : public CliCommand {
 public:
  std::string name() const override { return "generate"; }
  std::string summary() const override { return "a checkpoint's answers to the prompts of a data file"; }
  std::vector<std::string> examples() const override {
    return {
        "tauscope generate --model assets/demo/student-llama --data assets/demo/data/test.jsonl --limit 20 "
        "--out "
        "answers.jsonl",
        "tauscope generate --model assets/demo/teacher --data assets/demo/data/test.jsonl --limit 20 \\\n"
        "      --protocol minillm --seed 10 --max-new-tokens 64 --out sampled.jsonl"};
  }

  void add_options(CLI::App& app) override {
    app.add_option("--model", model_, "a Hugging Face checkpoint folder")->required();
    app.add_option("--data", request_.data, "instruction data: JSON lines or a JSON array")->required();
    app.add_option("--seed", request_.seed, "of sampling: with model and settings it fixes every answer")
        ->capture_default_str();
    app.add_option(
           "--out", request_.out,
           "JSON lines: example, prompt, text, ids, finish_reason, seed; the protocol's card lies beside it")
        ->required();
    app.add_flag("--force", request_.force, "replace the file, and unfinished answers with other settings");
    data_.add_to(app);
    decoding_.add_to(app);
    model_options_.add_to(app);
  }

  void run(CommandContext& context) override {
    request_.data_options = data_.data;
    request_.filter = data_.filter;
    request_.decoding = decoding_.parsed();
    request_.protocol = decoding_.protocol();
    request_.batch = decoding_.batch();
    request_.command = context.command_line;
    const AnsweringModel model(model_, model_options_.parsed(), context.console);
    const GenerateOutcome outcome = model.answer(request_, context.console, context.stop);
    const std::int64_t done = outcome.taken_over + outcome.counts.answers;
    const std::string speed =
        outcome.counts.new_tokens > 0 && outcome.seconds > 0
            ? fmt::format(", {:.0f} tokens a second",
                          static_cast<double>(outcome.counts.new_tokens) / outcome.seconds)
            : "";
    if (!outcome.complete) {
      context.console.note(
          fmt::format("stopped: {} of {} answers are kept in {}.unfinished, and the same command "
                      "goes on with the rest",
                      done, outcome.prompts, request_.out.string()));
      return;
    }
    context.console.result(
        fmt::format("{}: {} answers{}, {} new tokens{}", request_.out.string(), outcome.prompts,
                    outcome.taken_over > 0 ? fmt::format(" ({} were there)", outcome.taken_over) : "",
                    outcome.counts.new_tokens, speed));
    context.console.document(name(), {{"out", request_.out.string()},
                                      {"answers", outcome.prompts},
                                      {"taken_over", outcome.taken_over},
                                      {"new_tokens", outcome.counts.new_tokens},
                                      {"prompt_tokens", outcome.counts.prompt_tokens},
                                      {"seconds", outcome.seconds},
                                      {"protocol", outcome.card}});
  }

 private:
  std::string model_;
  GenerateRequest request_;
  DataCliOptions data_;
  DecodingCliOptions decoding_;
  ModelCliOptions model_options_;
};

}  // namespace

std::unique_ptr<CliCommand> make_generate_command() {
  return std::make_unique<GenerateCommand>();
}

}  // namespace tauscope
