#include <fmt/format.h>

#include "app/cli/commands.h"
#include "core/base/error.h"
#include "core/chat/chat_template.h"
#include "core/checkpoint/inspection.h"
#include "core/model/describe.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

namespace {

/// How the tokenizer's files are read, or why they cannot be.
std::string describe_tokenizer(const std::string& folder) {
  try {
    return load_tokenizer(folder)->description();
  } catch (const Error& error) {
    return std::string("cannot be used: ") + error.what();
  }
}

class InspectCommand final : public CliCommand {
 public:
  std::string name() const override { return "inspect"; }
  std::string summary() const override {
    return "what a checkpoint is: architecture, sizes, tying, tokenizer, problems";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope inspect assets/demo/teacher", "tauscope inspect assets/demo/student-gpt2 --json"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("folder", folder_, "a Hugging Face checkpoint folder")->required();
    app.add_flag(
        "--check-weights", check_weights_,
        "look at every weight for NaN and damage, however many there are (up to 4 GiB it is done anyway)");
  }

  void run(CommandContext& context) override {
    const CheckpointInspection inspection = inspect_checkpoint(
        folder_, describe_model, check_weights_ ? CheckWeights::always : CheckWeights::if_small);
    std::string text = inspection_text(inspection);
    Json document = inspection_json(inspection);
    if (!inspection.tokenizer.empty()) {
      document["tokenizer_rules"] = describe_tokenizer(folder_);
      text += fmt::format("  {:<13} {}\n", "token ids", document["tokenizer_rules"].get<std::string>());
    }
    if (const std::string chat = describe_chat_template(folder_); !chat.empty()) {
      document["chat_template"] = chat;
      text += fmt::format("  {:<13} {}\n", "chat template", chat);
    }
    context.console.result(text);
    context.console.document(name(), document);
  }

 private:
  std::string folder_;
  bool check_weights_ = false;
};

}  // namespace

std::unique_ptr<CliCommand> make_inspect_command() {
  return std::make_unique<InspectCommand>();
}

}  // namespace tauscope
