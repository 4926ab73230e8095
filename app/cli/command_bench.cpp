#include <algorithm>

#include "app/bench/kernels_bench.h"
#include "app/bench/rouge_bench.h"
#include "app/cli/commands.h"
#include "core/base/error.h"
#ifdef TAUSCOPE_HAS_WINDOW
#include "app/bench/gui_bench.h"
#endif

namespace tauscope {

namespace {

class BenchCommand final : public CliCommand {
 public:
  std::string name() const override { return "bench"; }
  std::string summary() const override {
    return "speed on this machine: kernels against LibTorch in the same run, frames of the window, scoring";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope bench kernels --rows 64 --repetitions 3",
            "tauscope bench kernels --vocab-size 32000,151936 --json",
            "tauscope bench kernels --cases objectives --rows 128 --tuned-malloc-only",
            "tauscope bench rouge --pairs 1000", "tauscope bench gui --rows 64 --frames 60 --series 1000000"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("what", what_, "what is measured: kernels, gui (drawn without a display), or rouge")
        ->check(CLI::IsMember({"kernels", "gui", "rouge"}))
        ->capture_default_str();
    app.add_option("--rows", options_.rows, "positions")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--vocab-size", options_.vocabularies, "vocabularies, comma-separated")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option(
           "--cases", groups_,
           "statistics, objectives (value and gradient), temperatures (sets of several); all by default")
        ->delimiter(',')
        ->check(CLI::IsMember({"statistics", "objectives", "temperatures"}));
    app.add_option("--temperatures", options_.counts, "sizes of the sets of temperatures, comma-separated")
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
    const std::string window = "gui";
    app.add_option("--frames", frames_, "of each phase")->capture_default_str()->group(window);
    app.add_option("--changes", changes_, "of the temperature, each waited for")
        ->capture_default_str()
        ->group(window);
    app.add_option("--series", series_, "points of the long series")->capture_default_str()->group(window);
    const std::string rouge = "rouge";
    app.add_option("--pairs", rouge_.pairs, "of a reference and an answer")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str()
        ->group(rouge);
    app.add_option("--words", rouge_.words, "of each")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->group(rouge);
    app.add_option("--scale", scale_, "of text and lines")
        ->check(CLI::Range(0.5, 4.0))
        ->capture_default_str()
        ->group(window);
  }

  void run(CommandContext& context) override {
    if (what_ == "gui") return run_gui(context);
    if (what_ == "rouge") return run_rouge(context);
    run_kernels(context);
  }

 private:
  void run_kernels(CommandContext& context) {
    options_.stop = context.stop;
    const auto wanted = [&](const char* group) {
      return groups_.empty() || std::find(groups_.begin(), groups_.end(), group) != groups_.end();
    };
    options_.statistics = wanted("statistics");
    options_.objectives = wanted("objectives");
    options_.temperatures = wanted("temperatures");
    const Json report = run_kernel_bench(options_, context.console);
    context.console.result(kernel_bench_text(report));
    context.console.document("bench-kernels", report);
  }

  void run_rouge(CommandContext& context) {
    rouge_.threads = options_.threads;
    rouge_.repetitions = options_.repetitions;
    rouge_.seed = options_.seed;
    rouge_.stop = context.stop;
    const Json report = run_rouge_bench(rouge_, context.console);
    context.console.result(rouge_bench_text(report));
    context.console.document("bench-rouge", report);
  }

#ifdef TAUSCOPE_HAS_WINDOW
  void run_gui(CommandContext& context) {
    GuiBenchOptions gui;
    gui.rows = options_.rows;
    gui.vocab = options_.vocabularies.at(0);
    gui.frames = frames_;
    gui.changes = changes_;
    gui.long_series = series_;
    gui.scale = scale_;
    gui.seed = options_.seed;
    gui.stop = context.stop;
    const Json report = run_gui_bench(gui, context.console);
    context.console.result(gui_bench_text(report));
    context.console.document("bench-gui", report);
  }
#else
  void run_gui(CommandContext&) {
    throw Error::failed("", "this tauscope was built without its window (TAUSCOPE_GUI=OFF)")
        .remedy("build with -DTAUSCOPE_GUI=ON");
  }
#endif

  std::string what_ = "kernels";
  std::vector<std::string> groups_;
  KernelBenchOptions options_;
  RougeBenchOptions rouge_;
  int frames_ = 300, changes_ = 20;
  std::int64_t series_ = 20'000'000;
  double scale_ = 1;
};

}  // namespace

std::unique_ptr<CliCommand> make_bench_command() {
  return std::make_unique<BenchCommand>();
}

}  // namespace tauscope
