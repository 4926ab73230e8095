// The tables that an analysis writes and that figures, reports and people's scripts read: one struct a row.
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
  std::string group_value;  ///< "" for all; "1".."4" (lowest to highest teacher entropy at tau = 1); "0", "1", …; a name
  std::string quantity;     ///< a column of tokens.csv
  double mean = 0, median = 0, p5 = 0, p25 = 0, p75 = 0, p95 = 0;
  std::int64_t count = 0;    ///< finite values
  std::int64_t invalid = 0;  ///< values that are NaN or infinite
};

/// histogram.csv: logarithmic bins over all scored positions.
struct HistogramRow {
  std::string student;
  double tau = 0;
  std::string source;  ///< teacher | student | fkl_gradient | rkl_gradient
  double bin_low = 0, bin_high = 0;
  std::int64_t count = 0;  ///< vocabulary entries
  double mass = 0;         ///< sum of their probabilities, or of |gradient|
};

/// head_curve.csv: mean cumulative share carried by the `rank` tokens the teacher finds most probable.
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
