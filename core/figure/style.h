// How figures look: sizes in points, colours for a light or a dark page.
#pragma once

#include <vector>

#include "core/figure/figure.h"

namespace tauscope {

struct Style {
  bool dark = false;
  Colour background, ink, muted, frame, grid, no_data;
  double font_size = 8;  ///< axis labels, legends, panel titles
  double tick_size = 7;  ///< numbers at ticks, labels of rules
  double line_width = 1.1;
  double frame_width = 0.6;
  double marker_size = 3.6;
  double tick_length = 2.5;
  double gap = 3;                       ///< between text and what it belongs to
  double column = 0.5;                  ///< width of a pixel column, for decimation
  double image_density = 300.0 / 72.0;  ///< pixels per point of heat maps
  bool draw_title = false;              ///< papers have captions

  static Style light();
  static Style dark_page();
  /// For a window, where a point is a pixel.
  static Style screen(bool dark);

  Colour colour_of(const Look& look) const;
  std::vector<double> dash_of(const Look& look) const;
};

/// Widths of a column and of a page in the usual two-column papers, in points.
inline constexpr double single_column = 3.4 * 72;
inline constexpr double double_column = 7.0 * 72;

}  // namespace tauscope
