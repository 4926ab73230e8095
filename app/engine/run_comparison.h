// Runs beside each other: what they are called in a comparison, and what differs between them.
#pragma once

#include <string>
#include <vector>

#include "core/runs/run_record.h"
#include "eval/comparison/comparison.h"

namespace tauscope {

/// Of the folders that are runs and have no name yet: the run's own name, or where several would share it the
/// folder's. Where a run has scores, it stands for those of its last evaluation. Throws Error::bad_input for
/// a run that was never scored.
void name_runs(std::vector<ScoredFolder>& folders);

/// One line for each setting and each control that is not the same in all runs: "objective.tau: a 1, b 2".
/// Names of runs are left out, and so is what a file is called as long as its content is the same.
std::vector<std::string> run_differences(const std::vector<ScoredFolder>& folders);

}  // namespace tauscope
