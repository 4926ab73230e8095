// One sample of numbers. NaN where a figure needs more of them than there are.
#pragma once

#include <span>
#include <vector>

namespace tauscope {

double mean(std::span<const double> values);
/// Divisor n - 1.
double standard_deviation(std::span<const double> values);
/// At share q in [0, 1] of the sorted values, linearly interpolated; they must be sorted and not empty.
double sorted_quantile(std::span<const double> sorted, double q);

/// Holm's correction (Holm 1979) of several tests' p: step down, and never below the one before. NaN stays
/// and does not count as a test.
std::vector<double> holm(std::span<const double> p);

}  // namespace tauscope
