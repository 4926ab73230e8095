#include <algorithm>
#include <cmath>

#include "core/figure/draw_series.h"

namespace tauscope {

namespace {

/// The cells that a pixel from a to b (values, a < b) shows: those whose middle is inside, else the one under
/// its own middle. Empty outside the map.
struct CellRange {
  std::size_t begin = 0, end = 0;
};

CellRange cells_under(std::span<const double> edges, double a, double b, double middle) {
  const bool falling = edges.front() > edges.back();
  const double low = std::min(edges.front(), edges.back()), high = std::max(edges.front(), edges.back());
  if (middle < low || middle > high) return {};
  const auto cell_of = [&](double value) {
    const auto it = falling ? std::upper_bound(edges.begin(), edges.end(), value, std::greater<double>())
                            : std::upper_bound(edges.begin(), edges.end(), value);
    const auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, it - edges.begin() - 1));
    return std::min(at, edges.size() - 2);
  };
  std::size_t first = cell_of(std::max(low, a)), last = cell_of(std::min(high, b));
  if (first > last) std::swap(first, last);
  if (last - first < 2) {  // wider cells than pixels: show one
    const std::size_t at = cell_of(middle);
    return {at, at + 1};
  }
  return {first, last};  // the last one belongs to the next pixel
}

/// One range per pixel along an axis of `count` pixels, starting at `start` points.
std::vector<CellRange> ranges_along(const Values& edges, const AxisMap& map, double start, double length,
                                    int count) {
  std::vector<CellRange> out;
  const double width = length / count;
  for (int i = 0; i < count; ++i) {
    const double a = map.value(start + i * width), b = map.value(start + (i + 1) * width);
    out.push_back(
        cells_under(edges.span(), std::min(a, b), std::max(a, b), map.value(start + (i + 0.5) * width)));
  }
  return out;
}

}  // namespace

Image heat_image(const HeatMap& map, const PlotArea& area, const Limits& colour, const Style& style) {
  Image image;
  image.rect = area.rect;
  image.width = std::max(1, static_cast<int>(std::lround(area.rect.width * style.image_density)));
  image.height = std::max(1, static_cast<int>(std::lround(area.rect.height * style.image_density)));
  const auto columns = ranges_along(map.x_edges, area.x, area.rect.x, area.rect.width, image.width);
  const auto rows = ranges_along(map.y_edges, area.y, area.rect.y, area.rect.height, image.height);
  const std::size_t stride = map.x_edges.size() - 1;
  const AxisMap scale(map.colour.scale, colour.low, colour.high, 0, 1);
  std::vector<Colour> pixels(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height),
                             style.no_data);
  for (std::size_t y = 0; y < rows.size(); ++y)
    for (std::size_t x = 0; x < columns.size(); ++x) {
      Colour& pixel = pixels[y * columns.size() + x];
      const auto same = [](const CellRange& a, const CellRange& b) {
        return a.begin == b.begin && a.end == b.end;
      };
      if (x > 0 && same(columns[x], columns[x - 1])) {
        pixel = pixels[y * columns.size() + x - 1];
        continue;
      }
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t r = rows[y].begin; r < rows[y].end; ++r)
        for (std::size_t c = columns[x].begin; c < columns[x].end; ++c) {
          const double value = map.cells[r * stride + c];
          if (!scale.drawable(value)) continue;
          sum += value;
          ++count;
        }
      if (count > 0) pixel = sample(map.map, scale.point(sum / static_cast<double>(count)));
    }
  image.pixels = std::make_shared<const std::vector<Colour>>(std::move(pixels));
  return image;
}

Image colour_bar_image(const HeatMap& map, const Rect& rect) {
  Image image;
  image.rect = rect;
  image.width = 1;
  image.height = 256;
  std::vector<Colour> pixels;
  for (int i = 255; i >= 0; --i)
    pixels.push_back(sample(map.map, i / 255.0));
  image.pixels = std::make_shared<const std::vector<Colour>>(std::move(pixels));
  return image;
}

}  // namespace tauscope
