// The kernels' sums over a corpus as rows of histogram.csv and head_curve.csv.
#pragma once

#include <string>
#include <vector>

#include "core/diagnostics/tables.h"
#include "kernels/distribution.h"

namespace tauscope {

/// Sums of all students and temperatures: (students, taus).
struct CorpusDistributions {
  std::vector<DistributionSums> sums;
  std::vector<HeadCurve> curves;

  CorpusDistributions(std::size_t students, std::size_t taus, std::int64_t vocab);
  CorpusDistributions& operator+=(const CorpusDistributions& other);
};

std::vector<HistogramRow> histogram_rows(const CorpusDistributions& distributions,
                                         const std::vector<std::string>& students,
                                         const std::vector<double>& taus);
std::vector<HeadCurveRow> head_curve_rows(const CorpusDistributions& distributions,
                                          const std::vector<std::string>& students,
                                          const std::vector<double>& taus);

}  // namespace tauscope
