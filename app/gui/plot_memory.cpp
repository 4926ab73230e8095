#include "app/gui/plot_memory.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/figure/layout.h"

namespace tauscope::gui {

int fitting_columns(const PanelContext& context, int columns, double width) {
  constexpr float narrowest = 9.5f;  // em, with its axis
  return columns > 2 && width / columns < static_cast<double>(context.em(narrowest)) ? 2 : columns;
}

void PlotLayout::update(const PanelContext& context, const std::shared_ptr<const Figure>& figure,
                        const PlotView& view, Size size, bool with_legend, bool menu_above) {
  if (figure == figure_ && view == view_ && size == size_ && with_legend == with_legend_ &&
      menu_above == menu_above_ && context.theme.dark == dark_ && context.theme.scale == scale_ &&
      context.fonts.generation() == generation_)
    return;
  figure_ = figure;
  view_ = view;
  size_ = size;
  with_legend_ = with_legend;
  menu_above_ = menu_above;
  dark_ = context.theme.dark;
  scale_ = context.theme.scale;
  generation_ = context.fonts.generation();
  lay_out(context, size, with_legend);
}

void PlotLayout::lay_out(const PanelContext& context, Size size, bool with_legend) {
  legend.clear();
  readers.clear();
  error.clear();
  scene = {};
  scene_y = 0;
  if (with_legend) arrange(context, size.width);
  try {
    shown = with_view(*figure_, view_);
    shown.legend = LegendPlace::none;  // it has its own row here
    shown.columns = fitting_columns(context, shown.columns, size.width);
    scene =
        layout(shown, {size.width, size.height - scene_y}, context.renderer.metrics(), context.theme.figure);
    for (std::size_t p = 0; p < scene.areas.size(); ++p)
      readers.emplace_back(shown.panels[p], scene.areas[p]);
  } catch (const Error& e) {
    scene = {};
    error = e.what();
  }
}

namespace {

/// A sample without a line needs no width: a patch, or a marker, and the name moved up to it.
void narrow(LegendItem& item, const LegendEntry& entry, const Style& style) {
  if (entry.line) return;
  const double wide = 2.4 * style.font_size, slim = style.font_size;  // the samples of core/figure/legend
  for (Primitive& primitive : item.sample.primitives) {
    if (auto* box = std::get_if<Box>(&primitive)) box->rect.width = slim;
    if (auto* markers = std::get_if<Markers>(&primitive))
      for (Point& p : markers->points)
        p.x -= (wide - slim) / 2;
    if (auto* text = std::get_if<Text>(&primitive)) text->at.x -= wide - slim;
  }
  item.rect.width = std::ceil(item.rect.width - (wide - slim));
}

}  // namespace

/// Entries side by side in as many rows as they need; the corner at the right stays free for the menu's
/// button.
void PlotLayout::arrange(const PanelContext& context, double width) {
  Style style = context.theme.figure;
  style.font_size = style.tick_size;
  const FontMetrics& metrics = context.renderer.metrics();
  const double line = std::round(1.5 * style.font_size), free = 2.4 * context.theme.em,
               between = style.font_size;
  std::vector<LegendEntry> entries = legend_entries(figure_->panels);
  if (figure_->legend == LegendPlace::none ||
      (entries.size() < 2 && figure_->legend == LegendPlace::automatic))
    entries.clear();
  double x = 0, y = 0;
  for (const LegendEntry& entry : entries) {
    const LegendBlock block = arrange_legend({entry}, std::max(4 * line, width - free), 1, style, metrics);
    LegendItem item;
    item.rect.width = std::ceil(block.size.width);
    draw_legend(block, {0, (line - block.size.height) / 2}, style, item.sample);
    narrow(item, entry, style);
    if (x > 0 && x + item.rect.width > width - free) x = 0, y += line;
    for (const tauscope::Panel& panel : figure_->panels)
      for (const Series& series : panel.series) {
        const auto* band = std::get_if<Band>(&series.data);
        if (drawable_text(series.name) == entry.name) item.series = series.name;
        if (band && drawable_text(band->meaning) == entry.name) item.series = band->meaning;
      }
    item.hidden = view_.hidden.contains(item.series);
    item.rect = {std::round(x), y, item.rect.width, line};
    item.sample.size = {item.rect.width, line};
    x += item.rect.width + between;
    legend.push_back(std::move(item));
  }
  scene_y = legend.empty() && menu_above_ ? 0 : y + line + std::round(style.gap / 2);
}

}  // namespace tauscope::gui
