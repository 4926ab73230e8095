#include "app/bench/kernels_bench.h"
#include "app/cli/commands.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

class BenchCommand final : public CliCommand {
 public:
  std::string name() const override { return "bench"; }
  std::string summary() const override {
    return "speed on this machine, as ratios against LibTorch in the same run";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope bench kernels --rows 64 --repetitions 3",
            "tauscope bench kernels --vocab-size 32000,151936 --json"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("what", what_, "what is measured: kernels")
        ->check(CLI::IsMember({"kernels"}))
        ->capture_default_str();
    app.add_option("--rows", options_.rows, "positions")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--vocab-size", options_.vocabularies, "vocabularies, comma-separated")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--tau", options_.tau, "temperature of the cases at one temperature")
        ->capture_default_str();
    app.add_option("--repetitions", options_.repetitions, "timed runs of each case; the median counts")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--threads", options_.threads, "0 = all cores")->check(CLI::Range(0, 1024));
    app.add_option("--seed", options_.seed, "of the logits")->capture_default_str();
    app.add_flag("!--no-baselines", options_.baselines, "only the kernels: seconds rather than minutes");
    app.add_flag("!--tuned-malloc-only", options_.default_malloc,
                 "leave out LibTorch with malloc as it comes");
  }

  void run(CommandContext& context) override {
    options_.stop = context.stop;
    const Json report = run_kernel_bench(options_, context.console);
    context.console.result(kernel_bench_text(report));
    context.console.document("bench-kernels", report);
  }

 private:
  std::string what_ = "kernels";
  KernelBenchOptions options_;
};

}  // namespace

std::unique_ptr<CliCommand> make_bench_command() {
  return std::make_unique<BenchCommand>();
}

}  // namespace tauscope
