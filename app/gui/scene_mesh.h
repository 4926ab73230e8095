// Geometry that ImDrawList lacks: areas of any shape, dashes, corners that stay whole. Pure.
#pragma once

#include <span>
#include <vector>

#include "core/figure/geometry.h"

namespace tauscope::gui {

/// Area between two edges over x0..x1: y_low above y_high on the screen.
struct Slab {
  double x0 = 0, x1 = 0;
  double top0 = 0, top1 = 0, bottom0 = 0, bottom1 = 0;
};

/// A polygon of any shape as slabs from left to right (non-zero winding, as Cairo fills). Edges that cross
/// between two corners are cut at the corners only, which is exact for bands and histograms.
std::vector<Slab> slabs_of(const std::vector<Point>& polygon);

/// The visible pieces of a dashed line, the pattern running on around corners. A line so long that it folds
/// over itself many times comes back whole: its dashes could not be told apart.
std::vector<std::vector<Point>> dashes_of(const std::vector<Point>& line, std::span<const double> pattern);

/// The line without values that are no numbers and without points closer than a tenth of a pixel, cut where
/// it turns back sharply (a mitre there would be a spike), the ends at a cut reaching out by `reach` so that
/// no notch shows.
std::vector<std::vector<Point>> smooth_runs(const std::vector<Point>& line, double reach);

/// One pixel column of a line that fills the area it moves in.
struct Column {
  double x = 0;  ///< left edge, a whole number
  double top = 0, bottom = 0;
};

/// A line with more points than pixel columns, growing along x, as what it covers of each: a rectangle a
/// column in place of strokes over strokes. Empty for any other line.
std::vector<Column> columns_of(const std::vector<Point>& line, double width);

}  // namespace tauscope::gui
