#include "eval/statistics/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/diagnostics/compensated_sum.h"

namespace tauscope {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double mean(std::span<const double> values) {
  if (values.empty()) return not_a_number;
  CompensatedSum sum;
  for (const double value : values)
    sum.add(value);
  return sum.value() / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return not_a_number;
  const double centre = mean(values);
  CompensatedSum squares;
  for (const double value : values)
    squares.add((value - centre) * (value - centre));
  return std::sqrt(squares.value() / static_cast<double>(values.size() - 1));
}

double sorted_quantile(std::span<const double> sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = place - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.begin(), p.end());
  double before = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    before = std::max(before, std::min(1.0, static_cast<double>(order.size() - rank) * p[order[rank]]));
    corrected[order[rank]] = before;
  }
  return corrected;
}

}  // namespace tauscope
