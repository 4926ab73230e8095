#include "core/figure/decimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tauscope {

namespace {

/// Finds the pixel column of a value without a logarithm or a division per point: the columns' edges are kept
/// as values, and neighbours in the data are mostly neighbours on the page.
class Columns {
 public:
  Columns(const AxisMap& map, double width) {
    const auto count = static_cast<std::size_t>(std::max(1.0, std::ceil(map.length() / width)));
    edges_.push_back(-std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i <= count; ++i) {
      const double share = std::min(1.0, static_cast<double>(i) * width / map.length());
      edges_.push_back(map.value(map.from() + share * (map.to() - map.from())));
    }
    if (edges_[1] > edges_.back()) std::reverse(edges_.begin() + 1, edges_.end());
    edges_.push_back(std::numeric_limits<double>::infinity());
  }

  bool holds(double value) const { return value >= edges_[at_] && value < edges_[at_ + 1]; }
  void find(double value) {
    if (at_ + 2 < edges_.size() && value >= edges_[at_ + 1] && value < edges_[at_ + 2]) {
      ++at_;
      return;
    }
    at_ =
        static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end() - 1, value) - edges_.begin()) -
        1;
  }

 private:
  std::vector<double> edges_;  // from -inf to inf
  std::size_t at_ = 0;
};

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

}  // namespace

std::vector<std::vector<Point>> decimate_line(std::span<const double> x, std::span<const double> y,
                                              const AxisMap& x_map, const AxisMap& y_map, double column) {
  Columns columns(x_map, column);
  std::vector<std::vector<Point>> runs;
  std::size_t first = none, lowest = 0, highest = 0, last = 0;
  bool gap = true;  // since the last point that was flushed
  const auto x_at = [&](std::size_t i) { return x.empty() ? static_cast<double>(i) : x[i]; };
  const auto flush = [&] {
    if (first == none) return;
    if (gap) runs.emplace_back();
    std::array<std::size_t, 4> keep = {first, lowest, highest, last};
    std::sort(keep.begin(), keep.end());
    const auto end = std::unique(keep.begin(), keep.end());
    for (auto i = keep.begin(); i != end; ++i)
      runs.back().push_back({x_map.point(x_at(*i)), y_map.point(y[*i])});
    first = none;
    gap = false;
  };
  bool broken = false;  // a value that cannot be drawn came after `last`
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double xi = x_at(i), yi = y[i];
    if (!y_map.drawable(yi) || !x_map.drawable(xi)) {
      broken = true;
      continue;
    }
    if (first != none && columns.holds(xi)) {
      if (yi < y[lowest]) lowest = i;
      if (yi > y[highest]) highest = i;
      last = i;
      broken = false;
      continue;
    }
    flush();
    if (broken) gap = true;
    broken = false;
    columns.find(xi);
    first = lowest = highest = last = i;
  }
  flush();
  return runs;
}

std::vector<BandRun> decimate_band(std::span<const double> x, std::span<const double> low,
                                   std::span<const double> high, const AxisMap& x_map, const AxisMap& y_map,
                                   double column) {
  Columns columns(x_map, column);
  std::vector<BandRun> runs;
  std::size_t first = none, last = 0;
  double floor = 0, ceiling = 0;
  bool gap = true, broken = false;
  const auto flush = [&] {
    if (first == none) return;
    if (gap) runs.emplace_back();
    for (const std::size_t i : {first, last}) {
      runs.back().low.push_back({x_map.point(x[i]), y_map.point(floor)});
      runs.back().high.push_back({x_map.point(x[i]), y_map.point(ceiling)});
      if (first == last) break;
    }
    first = none;
    gap = false;
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!x_map.drawable(x[i]) || !std::isfinite(low[i]) || !y_map.drawable(high[i])) {
      broken = true;
      continue;
    }
    const double bottom = y_map.drawable(low[i]) ? low[i] : y_map.low();
    if (first != none && columns.holds(x[i])) {
      floor = std::min(floor, bottom);
      ceiling = std::max(ceiling, high[i]);
      last = i;
      broken = false;
      continue;
    }
    flush();
    if (broken) gap = true;
    broken = false;
    columns.find(x[i]);
    first = last = i;
    floor = bottom;
    ceiling = high[i];
  }
  flush();
  return runs;
}

}  // namespace tauscope
