#include "app/cli/commands.h"
#include "core/checkpoint/inspection.h"
#include "core/model/describe.h"

namespace tauscope {

namespace {

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
  }

  void run(CommandContext& context) override {
    const CheckpointInspection inspection = inspect_checkpoint(folder_, describe_model);
    context.console.result(inspection_text(inspection));
    context.console.document(name(), inspection_json(inspection));
  }

 private:
  std::string folder_;
};

}  // namespace

std::unique_ptr<CliCommand> make_inspect_command() {
  return std::make_unique<InspectCommand>();
}

}  // namespace tauscope
