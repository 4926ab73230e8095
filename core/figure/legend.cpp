#include "core/figure/legend.h"

#include <algorithm>
#include <cmath>

namespace tauscope {

namespace {

double sample_width(const Style& style) {
  return 2.4 * style.font_size;
}
double row_height(const Style& style) {
  return 1.35 * style.font_size;
}

void note(LegendEntry& entry, const SeriesData& data) {
  if (const auto* line = std::get_if<Line>(&data)) {
    entry.line = true;
    entry.markers = entry.markers || line->markers;
  } else if (const auto* steps = std::get_if<Steps>(&data)) {
    entry.line = true;
    entry.area = entry.area || steps->filled;
  } else if (std::holds_alternative<Band>(data)) {
    entry.area = true;
  } else if (std::holds_alternative<Bars>(data)) {
    entry.solid = true;
  } else if (std::holds_alternative<Intervals>(data)) {
    entry.markers = entry.line = true;
    entry.look.dash = Dash::solid;  // ranges are drawn solid
  } else if (std::holds_alternative<Scatter>(data)) {
    entry.markers = true;
  }
}

/// Which cells of a grid over the plot area hold something.
class Occupancy {
 public:
  explicit Occupancy(const Rect& plot)
      : plot_(plot),
        columns_(std::max(1, static_cast<int>(plot.width / cell))),
        rows_(std::max(1, static_cast<int>(plot.height / cell))),
        taken_(static_cast<std::size_t>(columns_ * rows_), 0) {}

  void mark(const Rect& r) {
    const int x0 = column(r.x), x1 = column(r.right()), y0 = row(r.y), y1 = row(r.bottom());
    for (int y = std::max(0, y0); y <= std::min(rows_ - 1, y1); ++y)
      for (int x = std::max(0, x0); x <= std::min(columns_ - 1, x1); ++x)
        taken_[static_cast<std::size_t>(y * columns_ + x)] = 1;
  }
  void mark_line(const std::vector<Point>& points) {
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const Point a = points[i], b = points[i + 1];
      const int steps = 1 + static_cast<int>(std::hypot(b.x - a.x, b.y - a.y) / (0.7 * cell));
      for (int s = 0; s <= steps; ++s) {
        const double t = static_cast<double>(s) / steps;
        mark({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), 0, 0});
      }
    }
  }
  /// By the even-odd rule along the middle of each row of cells.
  void mark_polygon(const std::vector<Point>& points) {
    for (int y = 0; y < rows_; ++y) {
      const double at = plot_.y + (y + 0.5) * cell;
      std::vector<double> crossings;
      for (std::size_t i = 0; i < points.size(); ++i) {
        const Point a = points[i], b = points[(i + 1) % points.size()];
        if ((a.y <= at) != (b.y <= at)) crossings.push_back(a.x + (at - a.y) / (b.y - a.y) * (b.x - a.x));
      }
      std::sort(crossings.begin(), crossings.end());
      for (std::size_t i = 0; i + 1 < crossings.size(); i += 2)
        mark({crossings[i], at, crossings[i + 1] - crossings[i], 0});
    }
    mark_line(points);
  }
  bool is_free(const Rect& r) const {
    for (int y = std::max(0, row(r.y)); y <= std::min(rows_ - 1, row(r.bottom())); ++y)
      for (int x = std::max(0, column(r.x)); x <= std::min(columns_ - 1, column(r.right())); ++x)
        if (taken_[static_cast<std::size_t>(y * columns_ + x)]) return false;
    return true;
  }

 private:
  static constexpr double cell = 2;
  int column(double x) const { return static_cast<int>(std::floor((x - plot_.x) / cell)); }
  int row(double y) const { return static_cast<int>(std::floor((y - plot_.y) / cell)); }

  Rect plot_;
  int columns_, rows_;
  std::vector<char> taken_;
};

}  // namespace

std::vector<LegendEntry> legend_entries(const std::vector<Panel>& panels) {
  std::vector<LegendEntry> out;
  for (const Panel& panel : panels)
    for (const Series& series : panel.series) {
      if (series.name.empty() || std::holds_alternative<Rule>(series.data) ||
          std::holds_alternative<HeatMap>(series.data))
        continue;
      const std::string name = drawable_text(series.name);
      auto it = std::find_if(out.begin(), out.end(), [&](const LegendEntry& e) { return e.name == name; });
      if (it == out.end()) it = out.insert(it, LegendEntry{name, series.look});
      note(*it, series.data);
    }
  for (const Panel& panel : panels)
    for (const Series& series : panel.series) {
      const auto* band = std::get_if<Band>(&series.data);
      if (band == nullptr || band->meaning.empty()) continue;
      const std::string name = drawable_text(band->meaning);
      if (std::any_of(out.begin(), out.end(), [&](const LegendEntry& e) { return e.name == name; })) continue;
      LegendEntry entry{name, {}};
      entry.look.slot = Look::neutral;
      entry.area = true;
      out.push_back(std::move(entry));
    }
  return out;
}

LegendBlock arrange_legend(const std::vector<LegendEntry>& entries, double width, int columns,
                           const Style& style, const TextMetrics& metrics) {
  LegendBlock block;
  if (entries.empty()) return block;
  const double lead = sample_width(style) + style.gap, between = 1.2 * style.font_size;
  double widest = 0;
  for (const LegendEntry& entry : entries) {
    LegendEntry fitted = entry;
    fitted.name = shortened(entry.name, width - lead, style.font_size, false, metrics);
    widest = std::max(widest, lead + metrics.measure(fitted.name, style.font_size, false).width);
    block.items.push_back({std::move(fitted), {}});
  }
  const int count = static_cast<int>(entries.size());
  int across =
      columns > 0 ? columns : std::clamp(static_cast<int>((width + between) / (widest + between)), 1, count);
  across = (count + (count + across - 1) / across - 1) / ((count + across - 1) / across);  // even rows
  for (int i = 0; i < count; ++i)
    block.items[static_cast<std::size_t>(i)].rect = {
        (i % across) * (widest + between), (i / across) * row_height(style), widest, row_height(style)};
  block.size = {across * widest + (across - 1) * between,
                ((count + across - 1) / across) * row_height(style)};
  return block;
}

void draw_legend(const LegendBlock& block, Point corner, const Style& style, Scene& out) {
  for (const auto& [entry, rect] : block.items) {
    const double x = corner.x + rect.x, y = corner.y + rect.y + rect.height / 2, width = sample_width(style);
    const Colour ink = style.colour_of(entry.look);
    const double half = 0.32 * style.font_size;
    if (entry.area) out.add(Box{{x, y - half, width, 2 * half}, with_alpha(ink, 0.2)});
    if (entry.solid) out.add(Box{{x, y - half, width, 2 * half}, with_alpha(ink, entry.look.opacity)});
    if (entry.line)
      out.add(Polyline{{{x, y}, {x + width, y}},
                       {ink, style.line_width * entry.look.width, style.dash_of(entry.look)}});
    if (entry.markers) out.add(Markers{{{x + width / 2, y}}, entry.look.marker, style.marker_size, ink});
    Text text{{x + width + style.gap, y}, entry.name, style.font_size, style.ink};
    text.vertical = VerticalAlign::middle;
    out.add(std::move(text));
  }
}

std::optional<Point> free_place(const Scene& scene, std::size_t first, const Rect& plot, Size size,
                                const TextMetrics& metrics) {
  Occupancy taken(plot);
  for (std::size_t i = first; i < scene.primitives.size(); ++i) {
    const Primitive& primitive = scene.primitives[i];
    if (const auto* line = std::get_if<Polyline>(&primitive)) taken.mark_line(line->points);
    if (const auto* polygon = std::get_if<Polygon>(&primitive)) taken.mark_polygon(polygon->points);
    if (const auto* box = std::get_if<Box>(&primitive)) taken.mark(box->rect);
    if (const auto* image = std::get_if<Image>(&primitive)) taken.mark(image->rect);
    if (const auto* text = std::get_if<Text>(&primitive)) taken.mark(bounds(*text, metrics));
    if (const auto* markers = std::get_if<Markers>(&primitive))
      for (const Point p : markers->points)
        taken.mark(grown({p.x, p.y, 0, 0}, markers->size / 2));
  }
  const double margin = 4, room_x = plot.width - size.width - 2 * margin,
               room_y = plot.height - size.height - 2 * margin;
  if (room_x < 0 || room_y < 0) return std::nullopt;
  for (const auto& [across, down] : {std::pair{1.0, 0.0},
                                     {0.0, 0.0},
                                     {1.0, 1.0},
                                     {0.0, 1.0},
                                     {0.5, 0.0},
                                     {0.5, 1.0},
                                     {1.0, 0.5},
                                     {0.0, 0.5},
                                     {0.5, 0.5}}) {
    const Point corner{plot.x + margin + across * room_x, plot.y + margin + down * room_y};
    if (taken.is_free(grown({corner.x, corner.y, size.width, size.height}, 2))) return corner;
  }
  return std::nullopt;
}

}  // namespace tauscope
