// What the runs of a sweep say together: that their controls agree, and what their objectives made of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/plain_table.h"
#include "core/base/progress.h"
#include "core/runs/run_record.h"
#include "core/runs/sweep_plan.h"
#include "eval/comparison/comparison.h"

namespace tauscope {

/// A cell and what its run left.
struct SweepRun {
  SweepCell cell;
  RunRecord record;
  std::vector<Json> events;
};

struct ControlReport {
  PlainTable table;                    ///< seed, control, cells, values: one where they agree
  std::vector<std::string> differing;  ///< "data_order under seed 1"
};

/// Compares every control of the runs' spec.json among the cells of each training seed.
ControlReport check_controls(const std::vector<SweepRun>& runs);

struct SweepTables {
  ControlReport controls;
  PlainTable runs;    ///< a row for each cell
  PlainTable losses;  ///< validation loss of each group: mean and deviation over seeds, delta to the baseline
  PlainTable gradients;                   ///< of each group and temperature of the probe, at the last probe
  std::optional<ComparisonTable> scores;  ///< empty where nothing was scored
};

/// Reads the finished runs. Scores come from RUN/eval, seeds of a group are its training seeds.
SweepTables sweep_tables(const SweepPlan& plan, const std::vector<SweepRun>& runs,
                         const BootstrapOptions& statistics, ProgressSink& progress);

/// controls, runs, losses, gradients and summary (the scores), each as CSV, Markdown and LaTeX.
void write_sweep_tables(const SweepTables& tables, const std::filesystem::path& folder);

}  // namespace tauscope
