#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "app/cli/child_process.h"
#include "app/cli/commands.h"
#include "app/cli/statistics_options.h"
#include "app/engine/distill_parts.h"
#include "app/engine/sweep_job.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

/// What a child said last, for the error of the sweep.
std::string last_lines(const fs::path& log) {
  const std::string text = read_file(log);
  const std::size_t error = text.rfind("error: ");
  return error == std::string::npos ? "" : text.substr(error, 600);
}

class SweepCommand final : public CliCommand {
 public:
  std::string name() const override { return "sweep"; }
  std::string summary() const override {
    return "a grid of runs under identical controls (objectives x temperatures x seeds), and its tables";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope sweep --spec assets/demo/temperature.toml --out demo-sweep",
            "tauscope sweep --spec assets/demo/temperature.toml --set 'sweep.seed=[0]' --jobs 2 --out "
            "demo-sweep-1"};
  }

  void add_options(CLI::App& app) override {
    app.add_option("--spec", spec_,
                   "settings of the runs (TOML), with the table [sweep]: lists whose product is run")
        ->required();
    app.add_option("--set", overrides_, "KEY=VALUE, stronger than the spec; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--out", out_, "folder; the same command goes on with what is unfinished there");
    app.add_option("--jobs", jobs_,
                   "runs at a time, each a process of its own; 1 = one after another in this one")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_flag("--dry-run", dry_run_, "name the runs, and write nothing");
    statistics_.add_to(app, false);
  }

  void run(CommandContext& context) override {
    SweepRequest request;
    request.plan = read_sweep(spec_, overrides_);
    for (const SweepCell& cell : request.plan.cells)
      check_evaluation(cell.spec, spec_);
    if (dry_run_) {
      list(context, request.plan);
      return;
    }
    if (out_.empty()) throw Error::usage("--out is missing").expected("the folder of the sweep");
    request.out = out_;
    request.workers = jobs_;
    request.statistics = statistics_.parsed(context.stop);
    const SweepOutcome outcome = run_sweep(request, run_cell(context), context.console, context.stop);
    if (!outcome.complete) {
      context.console.note(
          fmt::format("stopped: {} of {} runs are done, and the same command goes on with the rest",
                      outcome.finished, request.plan.cells.size()));
      return;
    }
    report(context, request, outcome);
  }

 private:
  void list(CommandContext& context, const SweepPlan& plan) {
    Json cells = Json::array();
    for (const SweepCell& cell : plan.cells) {
      context.console.result(cell.name);
      cells.push_back({{"name", cell.name}, {"group", cell.group}, {"spec", to_json(cell.spec)}});
    }
    context.console.result(fmt::format("{} runs; baseline {}", plan.cells.size(), plan.baseline));
    context.console.document(name(), {{"baseline", plan.baseline}, {"cells", cells}});
  }

  RunCell run_cell(CommandContext& context) const {
    if (jobs_ > 1)
      return [this](const SweepCell& cell, const fs::path& folder, ProgressSink&, std::stop_token stop) {
        return run_in_child(cell, folder, stop);
      };
    return [parts = distill_parts(context.command_line), command = context.command_line](
               const SweepCell& cell, const fs::path& folder, ProgressSink& progress, std::stop_token stop) {
      if (is_run_folder(folder)) return resume_distill(folder, parts, progress, stop).state;
      const Json about{{"tauscope_version", TAUSCOPE_VERSION}, {"command", command}};
      return run_distill(cell.spec, folder, false, about, parts, progress, stop).state;
    };
  }

  RunState run_in_child(const SweepCell& cell, const fs::path& folder, const std::stop_token& stop) const {
    const fs::path specs = fs::path(out_) / "specs", logs = fs::path(out_) / "logs";
    fs::create_directories(specs);
    fs::create_directories(logs);
    const fs::path spec = specs / (cell.folder + ".json"), log = logs / (cell.folder + ".log");
    write_file_atomically(spec, to_json(cell.spec).dump(2) + "\n");
    std::vector<std::string> arguments{"distill", "--quiet"};
    if (is_run_folder(folder))
      arguments.insert(arguments.end(), {"--resume", folder.string()});
    else
      arguments.insert(arguments.end(), {"--spec", spec.string(), "--out", folder.string()});
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    const int code = run_child(arguments, log, std::max(1, cores / jobs_), stop);
    if (stop.stop_requested() && code != 0) return RunState::stopped;
    if (code != 0)
      throw Error(code == static_cast<int>(ErrorKind::exhausted) ? ErrorKind::exhausted : ErrorKind::failed,
                  log.string(), fmt::format("the run ended with code {}", code))
          .found(last_lines(log));
    return read_run(folder).status.state;
  }

  void report(CommandContext& context, const SweepRequest& request, const SweepOutcome& outcome) {
    Console& console = context.console;
    const SweepTables& tables = outcome.tables;
    if (tables.controls.differing.empty())
      console.result(fmt::format("controls: identical within every training seed ({} of them)",
                                 tables.controls.table.rows.size()));
    // {}: as text, the first of the formats.
    console.result(plain_table_text(tables.losses, {}));
    if (!tables.gradients.rows.empty()) console.result(plain_table_text(tables.gradients, {}));
    if (tables.scores) console.result(comparison_text(*tables.scores, {}));
    console.result(fmt::format("tables are in {}", (request.out / "tables").string()));
    Json rows = Json::array();
    for (const auto& row : tables.runs.rows) {
      Json one = Json::object();
      for (std::size_t i = 0; i < row.size(); ++i)
        one[tables.runs.header[i]] = row[i];
      rows.push_back(std::move(one));
    }
    console.document(name(), {{"out", request.out.string()},
                              {"baseline", request.plan.baseline},
                              {"controls_differing", tables.controls.differing},
                              {"runs", rows}});
  }

  std::string spec_, out_;
  std::vector<std::string> overrides_;
  int jobs_ = 1;
  bool dry_run_ = false;
  StatisticsCliOptions statistics_;
};

}  // namespace

std::unique_ptr<CliCommand> make_sweep_command() {
  return std::make_unique<SweepCommand>();
}

}  // namespace tauscope
