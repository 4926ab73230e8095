#include "core/figure/layout.h"

#include "core/figure/draw_series.h"
#include "core/figure/frame.h"
#include "core/figure/legend.h"
#include "core/figure/panel_plan.h"

namespace tauscope {

namespace {

Scene compose(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style,
              bool legend_below, const std::vector<LegendEntry>& entries, bool& placed) {
  Scene scene;
  scene.size = size;
  scene.background = style.background;
  scene.title = figure.title;
  scene.description = figure.description;
  scene.provenance = figure.provenance;

  PanelPlan plan(figure, size, metrics, style);
  const double width = size.width - 2 * page_edge;
  const LegendBlock below = legend_below ? arrange_legend(entries, width, 0, style, metrics) : LegendBlock{};
  std::vector<std::string> title;
  if (style.draw_title)
    title = wrapped(drawable_text(figure.title), width, style.font_size, true, 2, metrics);
  const double title_height =
      static_cast<double>(title.size()) * plan.line_height() + (title.empty() ? 0 : style.gap);
  plan.arrange(below.items.empty() ? 0 : below.size.height + style.gap, title_height);

  for (std::size_t i = 0; i < title.size(); ++i) {
    Text text{{size.width / 2, page_edge + static_cast<double>(i) * plan.line_height()},
              title[i],
              style.font_size,
              style.ink};
    text.horizontal = HorizontalAlign::centre;
    text.vertical = VerticalAlign::top;
    text.bold = true;
    scene.add(std::move(text));
  }
  FrameDrawer frames(style, metrics, plan.line_height(), scene);
  std::size_t first_data = 0;
  for (const PlannedPanel& panel : plan.panels()) {
    frames.grid(panel);
    first_data = scene.primitives.size();
    draw_data(*panel.panel, panel.area, panel.limits.colour, style, metrics, scene);
    frames.frame(panel);
    scene.areas.push_back(panel.area);
  }
  placed = true;
  if (!below.items.empty()) {
    draw_legend(below, {(size.width - below.size.width) / 2, size.height - page_edge - below.size.height},
                style, scene);
  } else if (!entries.empty()) {
    const Rect plot = scene.areas[0].rect;
    const LegendBlock inside = arrange_legend(entries, 0.6 * plot.width, 1, style, metrics);
    const auto corner = free_place(scene, first_data, plot, inside.size, metrics);
    placed = corner.has_value();
    if (corner) draw_legend(inside, *corner, style, scene);
  }
  return scene;
}

}  // namespace

Scene layout(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style) {
  check(figure);
  std::vector<LegendEntry> entries = legend_entries(figure.panels);
  // One series needs no legend when its axis says what it is.
  if (figure.legend == LegendPlace::none || (entries.size() < 2 && figure.legend == LegendPlace::automatic))
    entries.clear();
  const bool below = !entries.empty() && (figure.legend == LegendPlace::below || figure.panels.size() > 1);
  bool placed = false;
  Scene scene = compose(figure, size, metrics, style, below, entries, placed);
  if (!placed) scene = compose(figure, size, metrics, style, true, entries, placed);
  return scene;
}

}  // namespace tauscope
