// What the mouse does to a plot, as arithmetic: zooming, panning, boxes, reading values. No ImGui.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/session/view_state.h"
#include "core/figure/figure.h"
#include "core/figure/scene.h"

namespace tauscope::gui {

/// Where in a panel a place is: in the data, or beside them over an axis.
enum class PlotPart : unsigned char { none, data, x_axis, y_axis };
struct PlotHit {
  std::size_t panel = 0;
  PlotPart part = PlotPart::none;
};
/// `reach`: how far beside the data an axis is taken hold of, in pixels.
PlotHit hit(const std::vector<PlotArea>& areas, Point at, double reach);

/// Limits after zooming by `factor` (below 1: closer) so that what is under the cursor stays there. On a log
/// axis factors apply to the exponents. Limits never collapse nor leave what doubles can hold.
PlotZoom zoomed(const PlotArea& area, Point at, double factor, bool x, bool y);

/// Limits after dragging the data by (dx, dy) pixels.
PlotZoom panned(const PlotArea& area, double dx, double dy);

/// Limits that show what lies between two corners; empty if they are closer than `least` pixels in both
/// directions. A box that is flat in one direction zooms along the other only.
std::optional<PlotZoom> boxed(const PlotArea& area, Point a, Point b, double least);

/// Even-odd rule.
bool inside_polygon(const std::vector<Point>& corners, Point at);

/// `over` with the limits that `zoom` has.
PlotZoom merged(PlotZoom over, const PlotZoom& zoom);

/// The series that is nearest to the cursor, and its value there.
struct PlotReading {
  std::string series;  ///< name; "" where it has none
  Look look;
  Point at;             ///< in pixels
  std::string text;     ///< "0.0123", "3.1 – 4.2", "12.5 at (4, 2)"
  double distance = 0;  ///< pixels
};

/// Reads values of one panel. Keeps what makes looking up quick: whether lines grow along x.
class PlotReader {
 public:
  PlotReader(const tauscope::Panel& panel, const PlotArea& area);

  /// Nothing farther than `reach` pixels.
  std::optional<PlotReading> nearest(Point at, double reach) const;

 private:
  struct Visitor;
  const tauscope::Panel* panel_;
  PlotArea area_;
  std::vector<bool> ordered_;  ///< one per series
};

/// As many digits as a pixel of the axis tells apart; the name of the nearest tick on an axis of names.
std::string read_axis(const Axis& axis, const AxisMap& map, double point);
/// A value in as many digits as tell it apart from its neighbours by `step`.
std::string short_number(double value, double step);

}  // namespace tauscope::gui
