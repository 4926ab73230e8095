// A plot on the screen: the figure's scene with zoom, pan, box zoom, fit, a legend that switches series,
// cursor read-out and a menu that copies and saves.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/gui/panel.h"
#include "core/figure/scene.h"

namespace tauscope::gui {

struct PlotPoint {
  std::size_t panel = 0;
  double x = 0, y = 0;            ///< in the panel's data coordinates
  double step_x = 0, step_y = 0;  ///< what one pixel is worth there
};

/// What was drawn round: a polygon in data coordinates, its sides straight on the axes' own scales.
struct PlotLasso {
  std::size_t panel = 0;
  std::vector<Point> corners;  ///< in pixels of the plot
  AxisMap x, y;
  bool contains(double x, double y) const;
};

struct PlotOptions {
  /// A vertical line in every panel that can be dragged (the current τ), in data coordinates.
  std::optional<double> drag_x;
  double drag_low = 0, drag_high = 0;  ///< where it may go
  std::optional<double> mark_column;   ///< a column of width 1 around it is outlined (a position)
  std::optional<double> mark_row;      ///< a horizontal line (a τ)
  bool clickable = false;              ///< the cursor becomes a hand; `clicked` is reported
  bool lasso = false;                  ///< Shift and a drag draw one; `lasso` is reported
  bool legend = true;
  bool menu_above = false;  ///< without a legend the menu's button lies in the line above the plot
};

struct PlotEvents {
  std::optional<double> dragged_to;  ///< this frame's new place of the line
  std::optional<PlotPoint> clicked, hovered;
  std::optional<PlotLasso> lasso;      ///< closed this frame
  std::optional<std::string> save_as;  ///< "png", "svg", "pdf" or "csv" was chosen in the menu
};

/// Draws the session's plot `name` into `size` pixels at the cursor (0 = what is left). Zooming, panning,
/// switching series and copying go to context.out as commands; a plot without a figure shows its note
/// in place; one that is not current is dimmed and carries its note. Laid out again only when figure, view,
/// size or theme change.
PlotEvents draw_plot(PanelContext& context, std::string_view name, float width, float height,
                     const PlotOptions& options = {});

}  // namespace tauscope::gui
