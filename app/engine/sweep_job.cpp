#include "app/engine/sweep_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

/// Several runs report through one sink: one at a time, each with its name.
class NamedSink final : public ProgressSink {
 public:
  NamedSink(ProgressSink& sink, std::mutex& mutex, std::string name)
      : sink_(sink), mutex_(mutex), name_(std::move(name)) {}
  void progress(std::string_view phase, std::int64_t done, std::int64_t total) override {
    const std::lock_guard lock(mutex_);
    sink_.progress(fmt::format("{}: {}", name_, phase), done, total);
  }
  void warning(std::string_view message) override {
    const std::lock_guard lock(mutex_);
    sink_.warning(fmt::format("{}: {}", name_, message));
  }
  void note(std::string_view message) override {
    const std::lock_guard lock(mutex_);
    sink_.note(fmt::format("{}: {}", name_, message));
  }

 private:
  ProgressSink& sink_;
  std::mutex& mutex_;
  std::string name_;
};

Json plan_json(const SweepPlan& plan) {
  Json cells = Json::array();
  for (const SweepCell& cell : plan.cells)
    cells.push_back({{"name", cell.name},
                     {"group", cell.group},
                     {"folder", "runs/" + cell.folder},
                     {"seed", cell.spec.seed},
                     {"spec_sha256", spec_hash(cell.spec)}});
  return {{"format", "tauscope-sweep"},
          {"version", 1},
          {"tauscope_version", TAUSCOPE_VERSION},
          {"keys", plan.keys},
          {"baseline", plan.baseline},
          {"cells", cells}};
}

/// The folder is new, or holds this very sweep.
void open_folder(const fs::path& out, const SweepPlan& plan) {
  std::error_code failure;
  fs::create_directories(out / "runs", failure);
  if (failure)
    throw Error::failed(out.string(), "the folder cannot be made: " + failure.message())
        .remedy("check the permissions, or choose another folder");
  const fs::path file = out / "sweep.json";
  const Json ours = plan_json(plan);
  if (!fs::exists(file)) {
    write_file_atomically(file, ours.dump(2) + "\n");
    return;
  }
  const Json there = read_json_file(file);
  // Another baseline is another table of the same runs.
  if (JsonFields(there, file.string()).at("cells") != ours.at("cells"))
    throw Error::failed(file.string(), "the folder holds another sweep; nothing in it was changed")
        .remedy("choose another folder, or put the spec back as it was");
  if (there != ours) write_file_atomically(file, ours.dump(2) + "\n");
}

bool has_ended(const fs::path& folder) {
  if (!is_run_folder(folder)) return false;
  const RunState state = read_run(folder).status.state;
  return state == RunState::finished || state == RunState::early;
}

/// Hands cells to workers, in order.
class Scheduler {
 public:
  Scheduler(const SweepRequest& request, const RunCell& run_cell, ProgressSink& progress,
            std::stop_token stop)
      : request_(request), run_cell_(run_cell), progress_(progress), stop_(std::move(stop)) {}

  void go() {
    for (const SweepCell& cell : request_.plan.cells)
      has_ended(cell_folder(request_.out, cell)) ? static_cast<void>(++finished_) : waiting_.push_back(&cell);
    if (finished_ > 0) progress_.note(fmt::format("{} of {} runs are there already", finished_, cells()));
    const int workers = std::clamp(request_.workers, 1, std::max(1, static_cast<int>(waiting_.size())));
    std::vector<std::jthread> threads;
    for (int i = 1; i < workers; ++i)
      threads.emplace_back([this] { work(); });
    work();
  }

  int finished() const { return finished_; }
  /// "fkl@1 seed 0: the disk is full".
  const std::vector<std::string>& failures() const { return failures_; }
  bool exhausted() const { return exhausted_; }

 private:
  int cells() const { return static_cast<int>(request_.plan.cells.size()); }

  const SweepCell* next() {
    const std::lock_guard lock(mutex_);
    if (stop_.stop_requested() || exhausted_ || taken_ == waiting_.size()) return nullptr;
    return waiting_[taken_++];
  }

  void work() {
    while (const SweepCell* cell = next())
      run(*cell);
  }

  void run(const SweepCell& cell) {
    NamedSink sink(progress_, mutex_, cell.name);
    try {
      const RunState state = run_cell_(cell, cell_folder(request_.out, cell), sink, stop_);
      if (state == RunState::stopped) return;
      const std::lock_guard lock(mutex_);
      ++finished_;
      progress_.note(
          fmt::format("{}: {} ({} of {} runs)", cell.name, run_state_name(state), finished_, cells()));
    } catch (const Error& error) {
      fail(cell, error.what(), error.kind() == ErrorKind::exhausted);
    } catch (const std::exception& error) {
      fail(cell, error.what(), false);
    }
  }

  void fail(const SweepCell& cell, const std::string& what, bool exhausted) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(cell.name + ": " + what);
    exhausted_ = exhausted_ || exhausted;
    progress_.warning(failures_.back());
  }

  const SweepRequest& request_;
  const RunCell& run_cell_;
  ProgressSink& progress_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::vector<const SweepCell*> waiting_;
  std::size_t taken_ = 0;
  int finished_ = 0;
  bool exhausted_ = false;
  std::vector<std::string> failures_;
};

void require_no_failures(const Scheduler& scheduler, const fs::path& out) {
  const auto& failures = scheduler.failures();
  if (failures.empty()) return;
  Error error(scheduler.exhausted() ? ErrorKind::exhausted : ErrorKind::failed, out.string(),
              fmt::format("{} of the runs failed", failures.size()));
  throw std::move(error)
      .found(failures.front())
      .remedy("once the cause is gone, the same command goes on with what is unfinished");
}

void require_identical_controls(const SweepPlan& plan, const ControlReport& controls, const fs::path& out,
                                ProgressSink& progress) {
  if (controls.differing.empty()) return;
  const std::string list = fmt::format("{}", fmt::join(controls.differing, ", "));
  if (!plan.compares_objectives()) {
    progress.warning("the runs differ in more than their objective: " + list);
    return;
  }
  throw Error::failed((out / "tables" / "controls.csv").string(),
                      "the runs cannot be compared: their controls are not identical")
      .found(list)
      .expected("one value of each control within a training seed")
      .remedy("a file was changed between the runs: put it back, and run the sweep in a new folder");
}

}  // namespace

fs::path cell_folder(const fs::path& out, const SweepCell& cell) {
  return out / "runs" / cell.folder;
}

std::vector<SweepRun> read_sweep_runs(const SweepPlan& plan, const fs::path& out) {
  std::vector<SweepRun> runs;
  for (const SweepCell& cell : plan.cells) {
    const fs::path folder = cell_folder(out, cell);
    if (is_run_folder(folder))
      runs.push_back({cell, read_run(folder), read_events(folder / "metrics.jsonl")});
  }
  return runs;
}

SweepOutcome run_sweep(const SweepRequest& request, const RunCell& run_cell, ProgressSink& progress,
                       std::stop_token stop) {
  open_folder(request.out, request.plan);
  Scheduler scheduler(request, run_cell, progress, stop);
  scheduler.go();
  SweepOutcome outcome;
  outcome.finished = scheduler.finished();
  require_no_failures(scheduler, request.out);
  if (stop.stop_requested()) return outcome;
  const auto runs = read_sweep_runs(request.plan, request.out);
  const ControlReport controls = check_controls(runs);
  fs::create_directories(request.out / "tables");
  write_plain_table(controls.table, request.out / "tables", "controls");
  require_identical_controls(request.plan, controls, request.out, progress);
  BootstrapOptions statistics = request.statistics;
  statistics.stop = stop;
  outcome.tables = sweep_tables(request.plan, runs, statistics, progress);
  if (outcome.tables.scores && !outcome.tables.scores->finished) return outcome;
  write_sweep_tables(outcome.tables, request.out / "tables");
  outcome.complete = true;
  return outcome;
}

}  // namespace tauscope
