// The tables that an analysis writes and that figures, reports and people's scripts read: one struct a row,
// one member a column, in the file's order.
//
// Rules of summary.csv. Quantiles are exact and linearly interpolated, over positions. `average` says what
// the mean weighs equally: every position (token), or every example that has a finite value in the group
// (example: the mean of the examples' means); quantiles, count and invalid are over positions in both.
// Columns that need a target leave positions without one out altogether. Quartile bounds are the exact
// quantiles of the teacher's entropy at tau = 1 over all scored positions; a position on a bound belongs to
// the lower quartile, one without a finite entropy to none. Positions 0 to 127 have a group each; those
// beyond share one per doubling ("128-255", "256-511", …). Examples without a category are in no category
// group; categories beyond the 1000th share "(other categories)". A group that no value belongs to has no
// row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tauscope {

/// summary.csv: one quantity over one group of positions.
struct SummaryRow {
  std::string student;
  double tau = 0;
  std::string group;        ///< all | entropy_quartile | position | category
  std::string group_value;  ///< "" for all; "1".."4" (lowest to highest teacher entropy at tau = 1); "0",
                            ///< "1", …, "128-255", …; a name
  std::string quantity;     ///< a column of tokens.csv
  double mean = 0, median = 0, p5 = 0, p25 = 0, p75 = 0, p95 = 0;
  std::int64_t count = 0;         ///< finite values
  std::int64_t invalid = 0;       ///< values that are NaN or infinite
  std::string average = "token";  ///< token | example
};

/// histogram.csv: logarithmic bins over all scored positions, from the first to the last bin that is not
/// empty. Rows of logits that hold a NaN or an infinity are left out.
struct HistogramRow {
  std::string student;
  double tau = 0;
  std::string source;  ///< teacher | student | fkl_gradient | rkl_gradient
  double bin_low = 0, bin_high = 0;
  std::int64_t count = 0;  ///< vocabulary entries
  double mass = 0;         ///< sum of their probabilities, or of |gradient|
};

/// head_curve.csv: mean cumulative share carried by the `rank` tokens the teacher finds most probable (at tau
/// = 1), over the positions whose gradients' norms are at least 1e-30.
struct HeadCurveRow {
  std::string student;
  double tau = 0;
  std::string source;  ///< teacher | student | fkl_gradient | rkl_gradient
  std::int64_t rank = 0;
  double share = 0;
};

struct AnalysisTables {
  std::vector<SummaryRow> summary;
  std::vector<HistogramRow> histogram;
  std::vector<HeadCurveRow> head_curve;
};

/// Writes summary.csv, histogram.csv and head_curve.csv into `folder`; each replaced atomically.
void write_tables(const AnalysisTables& tables, const std::filesystem::path& folder);

/// Reads them back. Throws Error::bad_input with file and line.
AnalysisTables read_tables(const std::filesystem::path& folder);

}  // namespace tauscope
