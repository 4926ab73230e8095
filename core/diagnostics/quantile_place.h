// Which quantiles the summary has, and where they lie between the order statistics.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace tauscope {

inline constexpr std::array<double, 5> summary_quantiles = {0.05, 0.25, 0.5, 0.75, 0.95};

/// Where a quantile lies in a sorted list of `count` values: between entry `low` and the next one.
struct QuantilePlace {
  std::int64_t low = 0, high = 0;
  double fraction = 0;

  QuantilePlace(double quantile, std::int64_t count) {
    const double index = quantile * static_cast<double>(count - 1);
    low = static_cast<std::int64_t>(std::floor(index));
    high = std::min(low + 1, count - 1);
    fraction = index - static_cast<double>(low);
  }

  /// numpy.quantile's interpolation: from the nearer end, so that it is exact at both.
  double between(double low_value, double high_value) const {
    const double step = high_value - low_value;
    return fraction >= 0.5 ? high_value - step * (1 - fraction) : low_value + step * fraction;
  }
};

}  // namespace tauscope
