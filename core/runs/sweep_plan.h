// A grid of runs: the product of the lists in a spec's table [sweep], each cell a spec of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/runs/run_spec.h"

namespace tauscope {

struct SweepCell {
  std::string name;    ///< "rkl@2 seed 1"; also the spec's name
  std::string group;   ///< "rkl@2": the cells that differ in their training seed alone
  std::string folder;  ///< a name that file systems can hold, of its own
  RunSpec spec;
};

struct SweepPlan {
  std::vector<std::string> keys;  ///< that are swept, in the order of the product; seed last
  std::string baseline;           ///< a group
  std::vector<SweepCell> cells;   ///< the last key moves fastest

  std::vector<std::string> groups() const;  ///< in the order of the cells, each once
  /// Only objectives and seeds are swept, so that cells of one seed must agree in all controls.
  bool compares_objectives() const;
};

/// The settings of `file` are the base, `overrides` are stronger, a cell's are the strongest: see
/// resolve_spec. Cells that would be the same run (cross entropy at several temperatures) are one. Throws an
/// Error of kind usage naming place and key: no lists, an empty one, a key that is not known, a value that a
/// cell's spec does not take, a baseline that is no group.
SweepPlan read_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

}  // namespace tauscope
