#include <fmt/format.h>

#include <thread>

#include "app/cli/commands.h"
#include "app/engine/distill_parts.h"
#include "core/base/error.h"
#include "core/runs/read_spec.h"
#include "core/runs/spec_keys.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

class DistillCommand final : public CliCommand {
 public:
  std::string name() const override { return "distill"; }
  std::string summary() const override {
    return "a short, strictly controlled distillation run: a spec in, events, checkpoints and scores out";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope distill --spec assets/demo/temperature.toml --set schedule.steps=50 --out demo-run",
            "tauscope distill --resume demo-run          # stopped or killed, it goes on where it was"};
  }

  void add_options(CLI::App& app) override {
    app.add_option("--spec", spec_, "settings of the run: TOML, or the spec.json of another run");
    app.add_option(
           "--set", overrides_,
           "KEY=VALUE, stronger than the spec, such as objective.tau=2; may be repeated; its paths are "
           "relative to the current folder, the spec's to the spec")
        ->allow_extra_args(false);
    app.add_option("--out", out_, "the run's folder (default: runs/TIME-NAME-ID)");
    app.add_option("--resume", resume_, "go on with the run in this folder, from its last checkpoint");
    app.add_flag("--dry-run", dry_run_, "load and check everything, say what would run, and write nothing");
    app.add_flag("--keys", keys_, "list every key of a spec: default, meaning, values");
  }

  void run(CommandContext& context) override {
    if (keys_) {
      context.console.write(spec_key_text());
      return;
    }
    const DistillParts parts = distill_parts(context.command_line);
    if (spec_.empty() == resume_.empty())
      throw Error::usage("a run is started with --spec or gone on with by --resume")
          .found(spec_.empty() ? "neither" : "both")
          .expected("one of the two")
          .remedy("`tauscope distill --keys` lists what a spec may say");
    if (!resume_.empty()) {
      if (!overrides_.empty() || !out_.empty() || dry_run_)
        throw Error::usage("--resume takes the run as it was begun")
            .remedy("leave out --set, --out and --dry-run, or start a new run");
      report(context, resume_distill(resume_, parts, context.console, context.stop));
      return;
    }
    const RunSpec spec = read_run_spec(spec_, overrides_);
    check_evaluation(spec, spec_);
    const fs::path out = out_.empty() ? new_run_folder("runs", spec) : fs::path(out_);
    const Json about{{"tauscope_version", TAUSCOPE_VERSION},
                     {"command", context.command_line},
                     {"cores", std::thread::hardware_concurrency()}};
    report(context, run_distill(spec, out, dry_run_, about, parts, context.console, context.stop));
  }

 private:
  void report(CommandContext& context, const DistillOutcome& outcome) {
    Console& console = context.console;
    if (dry_run_) {
      console.result(fmt::format("{} steps; nothing was written", outcome.steps));
      for (const auto& [control, value] : outcome.controls.items())
        console.result(
            fmt::format("  {:<18} {}", control, value.is_string() ? value.get<std::string>() : value.dump()));
    } else {
      console.result(distill_text(outcome));
      console.result("written to " + outcome.folder.string());
    }
    console.document(name(), {{"out", outcome.folder.string()},
                              {"state", dry_run_ ? "dry-run" : run_state_name(outcome.state)},
                              {"step", outcome.step},
                              {"steps", outcome.steps},
                              {"controls", outcome.controls},
                              {"last_step", last_event(outcome.events, "step")},
                              {"validation", last_event(outcome.events, "validation")},
                              {"evaluation", last_event(outcome.events, "evaluation")}});
  }

  std::string spec_, out_, resume_;
  std::vector<std::string> overrides_;
  bool dry_run_ = false, keys_ = false;
};

}  // namespace

std::unique_ptr<CliCommand> make_distill_command() {
  return std::make_unique<DistillCommand>();
}

}  // namespace tauscope
