#include "core/figure/style.h"

namespace tauscope {

Style Style::light() {
  Style style;
  style.background = {255, 255, 255, 255};
  style.ink = {20, 20, 20, 255};
  style.muted = {95, 95, 95, 255};
  style.frame = {60, 60, 60, 255};
  style.grid = {228, 228, 228, 255};
  style.no_data = {205, 205, 205, 255};
  return style;
}

Style Style::dark_page() {
  Style style;
  style.dark = true;
  style.background = {24, 24, 27, 255};
  style.ink = {232, 232, 232, 255};
  style.muted = {170, 170, 170, 255};
  style.frame = {190, 190, 190, 255};
  style.grid = {56, 56, 60, 255};
  style.no_data = {84, 84, 88, 255};
  return style;
}

Style Style::screen(bool dark) {
  Style style = dark ? dark_page() : light();
  style.font_size = 13;
  style.tick_size = 12;
  style.line_width = 1.6;
  style.frame_width = 1;
  style.marker_size = 6;
  style.tick_length = 4;
  style.gap = 5;
  style.column = 1;
  style.image_density = 1;
  style.draw_title = true;
  return style;
}

Colour Style::colour_of(const Look& look) const {
  // The end of cividis that is nearest to the page is left out: a line there would vanish.
  if (look.ordered)
    return sample(ColourMap::cividis, dark ? 0.3 + 0.7 * *look.ordered : 0.85 * *look.ordered);
  if (look.slot < 0) return ink;
  const auto palette = series_palette(dark);
  return palette[static_cast<std::size_t>(look.slot) % palette.size()];
}

std::vector<double> Style::dash_of(const Look& look) const {
  const double unit = line_width * look.width;
  switch (look.dash) {
    case Dash::solid:
      return {};
    case Dash::dashed:
      return {4 * unit, 2 * unit};
    case Dash::dash_dot:
      return {5 * unit, 1.8 * unit, 1.2 * unit, 1.8 * unit};
    case Dash::dotted:
      return {1.2 * unit, 1.6 * unit};
    case Dash::long_dash:
      return {8 * unit, 2.5 * unit};
  }
  return {};
}

}  // namespace tauscope
