#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/settings.h"
#include "core/model/runtime_info.h"
#include "kernels/statistics.h"

namespace tauscope {

namespace {

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double memory_gib() {
  std::ifstream in("/proc/meminfo");
  std::string key;
  double kib = 0;
  in >> key >> kib;
  return kib / (1024.0 * 1024.0);
}

class EnvCommand final : public CliCommand {
 public:
  std::string name() const override { return "env"; }
  std::string summary() const override {
    return "say what this program was built with and what it found on this machine";
  }
  std::vector<std::string> examples() const override { return {"tauscope env", "tauscope env --json"}; }
  void add_options(CLI::App&) override {}

  void run(CommandContext& context) override {
    const RuntimeInfo torch = runtime_info();
    Json facts = {{"tauscope", TAUSCOPE_VERSION},
                  {"compiler", std::string("g++ ") + __VERSION__},
                  {"libtorch", torch.version},
                  {"libtorch_cuda", torch.cuda_built},
                  {"cuda_devices", torch.cuda_devices},
                  {"processor", processor_name()},
                  {"cores", std::thread::hardware_concurrency()},
                  {"memory_gib", memory_gib()},
                  {"exact_variant", find_kernel_variant("", "exact")->name()},
                  {"fast_variant", find_kernel_variant("", "fast")->name()},
                  {"user_settings", user_settings_file().string()}};
    for (const auto& [key, value] : facts.items()) {
      const std::string text = value.is_string()         ? value.get<std::string>()
                               : value.is_number_float() ? fmt::format("{:.1f}", value.get<double>())
                               : value.is_array() && value.empty() ? std::string("none")
                                                                   : value.dump();
      context.console.result(fmt::format("{:<16} {}", key, text));
    }
    context.console.document(name(), std::move(facts));
  }
};

}  // namespace

std::unique_ptr<CliCommand> make_env_command() {
  return std::make_unique<EnvCommand>();
}

}  // namespace tauscope
