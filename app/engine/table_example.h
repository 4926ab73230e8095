// An example of an earlier analysis that kept no logits: what tokens.csv says of it.
#pragma once

#include <span>
#include <vector>

#include "app/session/engine.h"

namespace tauscope {

struct TableExample final : ScoredExample {
  std::vector<std::vector<RowStatistics>> students;  ///< per student: (rows, taus), row-major; taus ascending
  TauScaling tau_scaling = TauScaling::squared;      ///< of the analysis, as the next two
  DominantSpec dominant;
  int overlap_k = 10;
};

/// Statistics of rows [first, first + out.size() / taus). Gradients are given in the scaling that is asked
/// for; what depends on another dominant set or k than the analysis had is NaN. Throws Error::usage for a
/// temperature that the analysis did not have, Error::failed for rows or students that there are not.
void table_statistics(const TableExample& example, std::size_t student, std::size_t first,
                      const StatisticsSpec& spec, std::span<RowStatistics> out);

}  // namespace tauscope
