#include "app/gui/plot_interaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tauscope::gui {

namespace {

struct Span {
  double low = 0, high = 1;
};

/// Positions along the axis, where zooming is linear.
Span inner_limits(const AxisMap& map) {
  if (map.scale() == Scale::log) return {std::log10(map.low()), std::log10(map.high())};
  return {map.low(), map.high()};
}
double inner(const AxisMap& map, double point) {
  const Span span = inner_limits(map);
  return span.low + (point - map.from()) / (map.to() - map.from()) * (span.high - span.low);
}

/// Wide enough to have distinct ticks, and within what doubles hold.
std::optional<Span> usable(const AxisMap& map, Span wished) {
  const double far = map.scale() == Scale::log ? 290 : 1e290;
  const double size = std::max(std::abs(wished.low), std::abs(wished.high));
  const double least = map.scale() == Scale::log ? 1e-7 : std::max(1e-10 * size, 1e-290);
  if (!std::isfinite(wished.low) || !std::isfinite(wished.high) || size > far) return std::nullopt;
  if (wished.high - wished.low < least) return std::nullopt;
  if (map.scale() == Scale::log) return Span{std::pow(10, wished.low), std::pow(10, wished.high)};
  return wished;
}

void set_x(PlotZoom& zoom, const std::optional<Span>& span) {
  if (span) zoom.x_low = span->low, zoom.x_high = span->high;
}
void set_y(PlotZoom& zoom, const std::optional<Span>& span) {
  if (span) zoom.y_low = span->low, zoom.y_high = span->high;
}

std::optional<Span> zoomed_axis(const AxisMap& map, double point, double factor) {
  const Span span = inner_limits(map);
  const double centre = inner(map, point);
  return usable(map, {centre + (span.low - centre) * factor, centre + (span.high - centre) * factor});
}

std::optional<Span> between(const AxisMap& map, double a, double b) {
  const auto [low, high] = std::minmax({inner(map, a), inner(map, b)});
  return usable(map, {low, high});
}

/// What one pixel is worth at `point`.
double pixel_step(const AxisMap& map, double point) {
  return std::abs(map.value(point + 0.5) - map.value(point - 0.5));
}

}  // namespace

PlotHit hit(const std::vector<PlotArea>& areas, Point at, double reach) {
  for (std::size_t p = 0; p < areas.size(); ++p) {
    const Rect& r = areas[p].rect;
    const bool across = at.x >= r.x && at.x <= r.right(), down = at.y >= r.y && at.y <= r.bottom();
    if (across && down) return {p, PlotPart::data};
    if (across && at.y > r.bottom() && at.y <= r.bottom() + reach) return {p, PlotPart::x_axis};
    if (down && at.x < r.x && at.x >= r.x - reach) return {p, PlotPart::y_axis};
  }
  return {};
}

PlotZoom zoomed(const PlotArea& area, Point at, double factor, bool x, bool y) {
  PlotZoom zoom;
  if (x) set_x(zoom, zoomed_axis(area.x, at.x, factor));
  if (y) set_y(zoom, zoomed_axis(area.y, at.y, factor));
  return zoom;
}

PlotZoom panned(const PlotArea& area, double dx, double dy) {
  PlotZoom zoom;
  const auto moved = [](const AxisMap& map, double by) {
    return between(map, map.from() - by, map.to() - by);
  };
  if (dx != 0) set_x(zoom, moved(area.x, dx));
  if (dy != 0) set_y(zoom, moved(area.y, dy));
  return zoom;
}

std::optional<PlotZoom> boxed(const PlotArea& area, Point a, Point b, double least) {
  const Rect& r = area.rect;
  const auto inside = [&](Point p) {
    return Point{std::clamp(p.x, r.x, r.right()), std::clamp(p.y, r.y, r.bottom())};
  };
  a = inside(a), b = inside(b);
  PlotZoom zoom;
  if (std::abs(a.x - b.x) >= least) set_x(zoom, between(area.x, a.x, b.x));
  if (std::abs(a.y - b.y) >= least) set_y(zoom, between(area.y, a.y, b.y));
  if (zoom == PlotZoom()) return std::nullopt;
  return zoom;
}

bool inside_polygon(const std::vector<Point>& corners, Point at) {
  bool inside = false;
  for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
    const Point &a = corners[i], &b = corners[j];
    if ((a.y > at.y) == (b.y > at.y)) continue;
    if (at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

PlotZoom merged(PlotZoom over, const PlotZoom& zoom) {
  if (zoom.x_low) over.x_low = zoom.x_low;
  if (zoom.x_high) over.x_high = zoom.x_high;
  if (zoom.y_low) over.y_low = zoom.y_low;
  if (zoom.y_high) over.y_high = zoom.y_high;
  return over;
}

std::string short_number(double value, double step) {
  if (!std::isfinite(value)) return std::isnan(value) ? "none" : value > 0 ? "∞" : "−∞";
  const double size = std::abs(value);
  std::string text;
  if (!(step > 0) || !std::isfinite(step)) step = size * 1e-4;
  const int places = step > 0 ? static_cast<int>(std::ceil(-std::log10(step))) : 0;
  if (size != 0 && (size < 1e-4 || size >= 1e6)) {
    const int digits = std::clamp(static_cast<int>(std::floor(std::log10(size))) + places, 1, 6);
    text = fmt::format("{:.{}e}", value, digits);
  } else {
    text = fmt::format("{:.{}f}", value, std::clamp(places, 0, 8));
  }
  if (text.starts_with('-')) {
    const bool zero = text.find_first_of("123456789") == std::string::npos;
    text = (zero ? "" : "−") + text.substr(1);
  }
  return text;
}

std::string read_axis(const Axis& axis, const AxisMap& map, double point) {
  const double value = map.value(point);
  if (axis.tick_labels.empty() || axis.tick_labels.size() != axis.ticks.size())
    return short_number(value, pixel_step(map, point));
  const auto nearest = std::min_element(axis.ticks.begin(), axis.ticks.end(), [&](double a, double b) {
    return std::abs(map.point(a) - point) < std::abs(map.point(b) - point);
  });
  return axis.tick_labels[static_cast<std::size_t>(nearest - axis.ticks.begin())];
}

PlotReader::PlotReader(const tauscope::Panel& panel, const PlotArea& area) : panel_(&panel), area_(area) {
  for (const Series& series : panel.series) {
    const auto* line = std::get_if<Line>(&series.data);
    const auto x = line ? line->x.span() : std::span<const double>();
    ordered_.push_back(std::is_sorted(x.begin(), x.end()));  // false too where there is a NaN between
  }
}

/// Looks at one series and keeps the nearest reading of all.
struct PlotReader::Visitor {
  const PlotReader& reader;
  Point cursor;
  std::optional<PlotReading> best;
  const Series* series = nullptr;
  bool ordered = true;

  const AxisMap& x() const { return reader.area_.x; }
  const AxisMap& y() const { return reader.area_.y; }

  void offer(Point at, double distance, std::string text) {
    if (!std::isfinite(distance) || (best && best->distance <= distance)) return;
    best = {series->name, series->look, at, std::move(text), distance};
  }
  std::string value(double v) const { return short_number(v, pixel_step(y(), y().point(v)) / 4); }

  std::string place(double px) const {
    const Axis& axis = reader.panel_->x;
    return (axis.label.ends_with("τ") ? "τ = " : "") + read_axis(axis, x(), x().point(px));
  }

  void point(double px, double py, const std::string& name) {
    if (!x().drawable(px) || !y().drawable(py)) return;
    const Point at{x().point(px), y().point(py)};
    const double away = std::hypot(at.x - cursor.x, at.y - cursor.y);
    if (best && best->distance <= away) return;  // texts of millions of points are not made
    offer(at, away,
          fmt::format("{}({}, {})", name.empty() ? "" : name + " ",
                      short_number(px, pixel_step(x(), at.x) / 4), value(py)));
  }
  void point_of_line(double px, double py) {
    if (!x().drawable(px) || !y().drawable(py)) return;
    const Point at{x().point(px), y().point(py)};
    offer(at, std::hypot(at.x - cursor.x, at.y - cursor.y), value(py) + " at " + place(px));
  }

  void operator()(const Line& d) {
    const std::size_t n = d.y.size();
    if (n == 0) return;
    const double at = x().value(cursor.x);
    if (!ordered) {
      const std::size_t stride = 1 + n / 200000;  // a cloud of millions: near enough
      for (std::size_t i = 0; i < n; i += stride)
        point(d.x[i], d.y[i], "");
      return;
    }
    std::size_t next = 0;
    if (d.x.empty()) {
      next = at <= 0 ? 0 : std::min(n - 1, static_cast<std::size_t>(std::min(at, 1e15)));
    } else {
      const auto xs = d.x.span();
      next = static_cast<std::size_t>(std::lower_bound(xs.begin(), xs.end(), at) - xs.begin());
    }
    for (std::size_t i = next == 0 ? 0 : next - 1; i <= std::min(n - 1, next + 1); ++i)
      point_of_line(d.x.empty() ? static_cast<double>(i) : d.x[i], d.y[i]);
  }
  void operator()(const Band& d) {
    const auto xs = d.x.span();
    const double at = x().value(cursor.x);
    const auto it = std::min_element(xs.begin(), xs.end(),
                                     [&](double a, double b) { return std::abs(a - at) < std::abs(b - at); });
    if (it == xs.end()) return;
    const auto i = static_cast<std::size_t>(it - xs.begin());
    if (!x().drawable(*it) || !y().drawable(d.low[i]) || !y().drawable(d.high[i])) return;
    const double low = y().point(d.low[i]), high = y().point(d.high[i]);
    const double nearest = std::clamp(cursor.y, std::min(low, high), std::max(low, high));
    // A line inside its band is what people point at.
    offer({x().point(*it), nearest}, std::hypot(x().point(*it) - cursor.x, nearest - cursor.y) + 6,
          value(d.low[i]) + " – " + value(d.high[i]) + (d.meaning.empty() ? "" : " (" + d.meaning + ")") +
              " at " + place(*it));
  }
  void operator()(const Steps& d) {
    const double at = x().value(cursor.x);
    for (std::size_t i = 0; i < d.heights.size(); ++i)
      if (at >= std::min(d.edges[i], d.edges[i + 1]) && at < std::max(d.edges[i], d.edges[i + 1]) &&
          y().drawable(d.heights[i]))
        offer({cursor.x, y().point(d.heights[i])}, std::abs(y().point(d.heights[i]) - cursor.y),
              value(d.heights[i]));
  }
  void operator()(const Bars& d) {
    const double at = x().value(cursor.x);
    for (std::size_t i = 0; i < d.top.size(); ++i) {
      if (at < std::min(d.x_low[i], d.x_high[i]) || at > std::max(d.x_low[i], d.x_high[i])) continue;
      const double zero = y().drawable(0) ? 0 : y().low(), base = d.base.empty() ? zero : d.base[i];
      if (!y().drawable(d.top[i])) continue;
      const double a = y().point(y().drawable(base) ? base : zero), b = y().point(d.top[i]);
      const double nearest = std::clamp(cursor.y, std::min(a, b), std::max(a, b));
      offer({cursor.x, nearest}, std::abs(nearest - cursor.y), value(d.top[i] - (d.base.empty() ? 0 : base)));
    }
  }
  void operator()(const Intervals& d) {
    for (std::size_t i = 0; i < d.x.size(); ++i)
      if (x().drawable(d.x[i]) && y().drawable(d.y[i])) {
        const Point at{x().point(d.x[i]), y().point(d.y[i])};
        const auto number = [&](double v) {
          return short_number(v, pixel_step(d.horizontal ? x() : y(), d.horizontal ? at.x : at.y) / 4);
        };
        offer(at, std::hypot(at.x - cursor.x, at.y - cursor.y),
              fmt::format("{} ({} – {})", number(d.horizontal ? d.x[i] : d.y[i]), number(d.low[i]),
                          number(d.high[i])));
      }
  }
  void operator()(const Scatter& d) {
    for (std::size_t i = 0; i < d.x.size(); ++i)
      point(d.x[i], d.y[i], d.names.empty() ? "" : d.names[i]);
  }
  void operator()(const HeatMap& d) {
    const auto cell = [](const Values& edges, double at) -> std::optional<std::size_t> {
      for (std::size_t i = 0; i + 1 < edges.size(); ++i)
        if (at >= std::min(edges[i], edges[i + 1]) && at < std::max(edges[i], edges[i + 1])) return i;
      return std::nullopt;
    };
    const auto column = cell(d.x_edges, x().value(cursor.x)), row = cell(d.y_edges, y().value(cursor.y));
    if (!column || !row) return;
    const double v = d.cells[*row * (d.x_edges.size() - 1) + *column];
    const auto middle = [](const AxisMap& map, const Values& edges, std::size_t i) {
      return (map.point(edges[i]) + map.point(edges[i + 1])) / 2;
    };
    offer(cursor, 1,
          fmt::format("{} at {}, {}", std::isfinite(v) ? fmt::format("{:.4g}", v) : "no value",
                      cell_name(reader.panel_->x, x(), d.x_edges, *column, middle(x(), d.x_edges, *column)),
                      cell_name(reader.panel_->y, y(), d.y_edges, *row, middle(y(), d.y_edges, *row))));
  }
  void operator()(const Rule&) {}

  /// Cells of width 1 around whole numbers are counted things: positions.
  static std::string cell_name(const Axis& axis, const AxisMap& map, const Values& edges, std::size_t i,
                               double middle) {
    const double centre = (edges[i] + edges[i + 1]) / 2;
    if (axis.tick_labels.empty() && edges[i + 1] - edges[i] == 1 && centre == std::floor(centre))
      return fmt::format("{:.0f}", centre);
    return read_axis(axis, map, middle);
  }
};

std::optional<PlotReading> PlotReader::nearest(Point at, double reach) const {
  Visitor visitor{*this, at, std::nullopt};
  for (std::size_t s = 0; s < panel_->series.size(); ++s) {
    visitor.series = &panel_->series[s];
    visitor.ordered = ordered_[s];
    std::visit(visitor, panel_->series[s].data);
  }
  if (!visitor.best || visitor.best->distance > reach) return std::nullopt;
  return visitor.best;
}

}  // namespace tauscope::gui
