#include <fmt/format.h>

#include "app/cli/commands.h"
#include "kernels/statistics.h"

namespace tauscope {

namespace {

class VariantsCommand final : public CliCommand {
 public:
  std::string name() const override { return "variants"; }
  std::string summary() const override { return "list the kernel variants of this build"; }
  std::vector<std::string> examples() const override {
    return {"tauscope variants", "tauscope variants --json"};
  }
  void add_options(CLI::App&) override {}

  void run(CommandContext& context) override {
    Json list = Json::array();
    for (const KernelVariant* variant : kernel_variants()) {
      const bool is_default = find_kernel_variant("", variant->mode()) == variant;
      const std::string reason = variant->unsupported_reason();
      list.push_back({{"name", variant->name()},
                      {"device", variant->device()},
                      {"mode", variant->mode()},
                      {"supported", variant->supported()},
                      {"reason", reason},
                      {"default", is_default},
                      {"description", variant->description()}});
      context.console.result(
          fmt::format("{:<12} {:<5} {:<6} {}{}{}", variant->name(), variant->device(), variant->mode(),
                      variant->description(), is_default ? " (default of its mode)" : "",
                      reason.empty() ? "" : fmt::format(" (not usable here: {})", reason)));
    }
    context.console.document(name(), {{"variants", list}});
  }
};

}  // namespace

std::unique_ptr<CliCommand> make_variants_command() {
  return std::make_unique<VariantsCommand>();
}

}  // namespace tauscope
