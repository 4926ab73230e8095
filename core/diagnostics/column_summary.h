// One column of numbers -> exact statistics of each group of positions. Two ways that give the same bits:
// sorting in memory, and selection by repeated passes over a column of any length.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/position_groups.h"
#include "core/diagnostics/quantile_place.h"

namespace tauscope {

struct GroupSummary {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double mean = none;  ///< compensated sums in row order; see Average
  std::array<double, summary_quantiles.size()> quantiles = {none, none, none, none, none};
  std::int64_t count = 0;    ///< finite values
  std::int64_t invalid = 0;  ///< NaN and infinite values
};

/// Consecutive rows of a column with their groups.
using PieceVisitor = std::function<void(std::span<const double> values, std::span<const RowGroups> groups)>;

struct ColumnInput {
  std::size_t slots = 0;
  bool needs_target = false;  ///< rows without a target are skipped: they have no such value
  Average average = Average::token;
  /// Walks the whole column from its first row; may be called several times.
  std::function<void(const PieceVisitor&)> walk;
};

/// Bytes per row that `summarise_sorted` needs.
inline constexpr std::uint64_t sorted_bytes_per_row = 64;

/// Per slot. Quantiles are linearly interpolated between order statistics, as numpy.quantile does by default.
std::vector<GroupSummary> summarise_sorted(const ColumnInput& input);
/// The same in memory that depends on the number of slots alone, by passes over the column.
std::vector<GroupSummary> summarise_streamed(const ColumnInput& input);

}  // namespace tauscope
