// Millions of points to what a page can show: per pixel column the first, lowest, highest and last point
// (Jugel et al., "M4", VLDB 2014), so that the drawn line covers the pixels that the whole line would cover.
#pragma once

#include <span>
#include <vector>

#include "core/figure/axis_map.h"
#include "core/figure/geometry.h"

namespace tauscope {

/// The line through (x, y) as unbroken runs in points. Empty x means 0, 1, 2, …; `column` is a column's width
/// in points. A run ends where a value cannot be drawn, unless the gap is narrower than a column. At most
/// four points per column where x does not decrease.
std::vector<std::vector<Point>> decimate_line(std::span<const double> x, std::span<const double> y,
                                              const AxisMap& x_map, const AxisMap& y_map, double column);

/// Both edges of an unbroken part of a band, over the same x.
struct BandRun {
  std::vector<Point> low, high;
};

/// A band as unbroken runs; per column the lowest low and the highest high. On a log axis a low end at or
/// below zero is drawn at the axis' end.
std::vector<BandRun> decimate_band(std::span<const double> x, std::span<const double> low,
                                   std::span<const double> high, const AxisMap& x_map, const AxisMap& y_map,
                                   double column);

}  // namespace tauscope
