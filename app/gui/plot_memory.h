// What is kept of a plot between frames: its layout, its legend, and a drag that is under way.
#pragma once

#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/plot_interaction.h"
#include "app/gui/scene_renderer.h"
#include "core/figure/legend.h"

namespace tauscope::gui {

struct LegendItem {
  std::string series;  ///< as the commands name it
  Rect rect;           ///< relative to the plot's corner
  Scene sample;        ///< drawn at the rectangle's corner
  bool hidden = false;
};

/// How many of a figure's `columns` of panels stay beside each other in `width` pixels: two where all of them
/// would be too narrow to read.
int fitting_columns(const PanelContext& context, int columns, double width);

struct PlotLayout final : SceneRenderer::PlotMemory {
  /// Lays out again if anything changed. `with_legend`: with its rows above the plot; `menu_above`: none
  /// where there is nothing for the legend to say.
  void update(const PanelContext& context, const std::shared_ptr<const Figure>& figure, const PlotView& view,
              Size size, bool with_legend, bool menu_above);

  Figure shown;        ///< with the user's limits and series
  Scene scene;         ///< below the legend's row
  double scene_y = 0;  ///< height of that row
  std::vector<LegendItem> legend;
  std::vector<PlotReader> readers;  ///< one per panel
  std::string error;                ///< in place of the scene: why it cannot be drawn

  enum class Drag : unsigned char { none, pan, box, line, lasso } drag = Drag::none;
  std::size_t panel = 0;  ///< where it began
  PlotPart part = PlotPart::data;
  PlotArea area;  ///< as it was then
  Point start;
  std::vector<Point> lasso;  ///< its corners so far
  bool moved = false;

 private:
  void lay_out(const PanelContext& context, Size size, bool with_legend);
  void arrange(const PanelContext& context, double width);

  std::shared_ptr<const Figure> figure_;
  PlotView view_;
  Size size_;
  bool dark_ = false, with_legend_ = false, menu_above_ = false;
  float scale_ = 0;
  unsigned generation_ = 0;
};

}  // namespace tauscope::gui
