// A panel's data as primitives, clipped to its plot area.
#pragma once

#include "core/figure/limits.h"
#include "core/figure/scene.h"
#include "core/figure/style.h"
#include "core/figure/text_metrics.h"

namespace tauscope {

/// Appends what lies inside the frame: heat map, bands, bars, lines and markers, rules, in this order.
void draw_data(const Panel& panel, const PlotArea& area, const Limits& colour, const Style& style,
               const TextMetrics& metrics, Scene& out);

/// Pixels of a heat map over `area`: each shows the mean of the finite cells under it, or the style's
/// no_data.
Image heat_image(const HeatMap& map, const PlotArea& area, const Limits& colour, const Style& style);

/// The same colours from low (left or bottom) to high, for a colour bar.
Image colour_bar_image(const HeatMap& map, const Rect& rect);

}  // namespace tauscope
