// `tauscope sweep`: every cell of a plan in a run folder of its own, then the tables. Started again, it goes
// on with what is unfinished.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/engine/sweep_tables.h"

namespace tauscope {

/// Brings one cell's run to its end: a new one, or the one in `folder` from where it was left. Returns
/// `stopped` where it was. Called from several threads where there are several workers. Throws Error.
using RunCell = std::function<RunState(const SweepCell& cell, const std::filesystem::path& folder,
                                       ProgressSink& progress, std::stop_token stop)>;

struct SweepRequest {
  SweepPlan plan;
  std::filesystem::path out;  ///< OUT/sweep.json, OUT/runs/CELL/, OUT/tables/
  int workers = 1;            ///< cells that are under way at a time
  BootstrapOptions statistics;
};

struct SweepOutcome {
  bool complete = false;  ///< false: stopped
  int finished = 0;       ///< cells, those of earlier processes included
  SweepTables tables;     ///< where it is complete
};

/// Throws Error::failed where OUT holds another sweep; where cells failed (the others are run first, but for
/// a full disk); and where only objectives and seeds are swept and the controls of a seed's cells are not
/// identical.
SweepOutcome run_sweep(const SweepRequest& request, const RunCell& run_cell, ProgressSink& progress,
                       std::stop_token stop);

/// Where a cell's run lies.
std::filesystem::path cell_folder(const std::filesystem::path& out, const SweepCell& cell);

/// The plan of a sweep's folder, and its runs so far.
std::vector<SweepRun> read_sweep_runs(const SweepPlan& plan, const std::filesystem::path& out);

}  // namespace tauscope
