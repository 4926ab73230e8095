#include "core/figure/draw_series.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/figure/decimate.h"

namespace tauscope {

namespace {

/// More places than this are drawn as one picture: a million circles help nobody and no file.
constexpr std::size_t most_markers = 4000;

class SeriesDrawer {
 public:
  SeriesDrawer(const PlotArea& area, const Limits& colour, const Style& style, const TextMetrics& metrics,
               Scene& out)
      : area_(area),
        colour_(colour),
        style_(style),
        metrics_(metrics),
        out_(out),
        near_(grown(area.rect, 4)) {}

  void draw(const Series& series) {
    series_ = &series;
    ink_ = style_.colour_of(series.look);
    std::visit([this](const auto& data) { (*this)(data); }, series.data);
  }

  void operator()(const HeatMap& d) { out_.add(heat_image(d, area_, colour_, style_)); }

  void operator()(const Band& d) {
    const Colour fill = with_alpha(ink_, 0.18 * series_->look.opacity);
    for (BandRun& run :
         decimate_band(d.x.span(), d.low.span(), d.high.span(), area_.x, area_.y, style_.column)) {
      if (run.low.size() == 1) {  // a single point has no area: a thin bar shows its range
        add_line({run.low[0], run.high[0]}, Stroke{fill, 3 * style_.line_width, {}});
        continue;
      }
      std::vector<Point> outline = std::move(run.high);
      outline.insert(outline.end(), run.low.rbegin(), run.low.rend());
      add_polygon(std::move(outline), fill);
    }
  }

  void operator()(const Line& d) {
    const Stroke stroke = series_stroke();
    std::vector<Point> lonely;
    const auto runs = decimate_line(d.x.span(), d.y.span(), area_.x, area_.y, style_.column);
    for (const auto& run : runs) {
      if (run.size() == 1)
        lonely.push_back(run[0]);  // would vanish between two gaps
      else
        add_line(run, stroke);
    }
    if (d.markers) {
      add_markers(spaced(runs), style_.marker_size);
    } else if (!lonely.empty()) {
      add_markers(std::move(lonely), 2 * style_.line_width);
    }
  }

  void operator()(const Steps& d) {
    std::vector<double> x, y;
    x.reserve(2 * d.heights.size());
    y.reserve(2 * d.heights.size());
    for (std::size_t i = 0; i < d.heights.size(); ++i) {
      x.insert(x.end(), {d.edges[i], d.edges[i + 1]});
      y.insert(y.end(), {d.heights[i], d.heights[i]});
    }
    const double base = area_.y.point(area_.y.drawable(0) ? std::max(0.0, area_.y.low()) : area_.y.low());
    for (const auto& run : decimate_line(x, y, area_.x, area_.y, style_.column)) {
      std::vector<Point> closed = run;
      closed.insert(closed.begin(), {run.front().x, base});
      closed.push_back({run.back().x, base});
      if (d.filled) add_polygon(closed, with_alpha(ink_, 0.25 * series_->look.opacity));
      add_line(closed, series_stroke());
    }
  }

  void operator()(const Bars& d) {
    const Colour fill = with_alpha(ink_, series_->look.opacity);
    std::map<std::int64_t, Rect> merged;  // by pixel column, where bars are thinner than one
    for (std::size_t i = 0; i < d.top.size(); ++i) {
      const double zero = area_.y.drawable(0) ? 0.0 : area_.y.low();
      const double base = d.base.empty() || !area_.y.drawable(d.base[i]) ? zero : d.base[i];
      if (!area_.y.drawable(d.top[i]) || !area_.x.drawable(d.x_low[i]) || !area_.x.drawable(d.x_high[i]))
        continue;
      const double x0 = area_.x.point(d.x_low[i]), x1 = area_.x.point(d.x_high[i]);
      const double y0 = area_.y.point(base), y1 = area_.y.point(d.top[i]);
      Rect rect{std::min(x0, x1), std::min(y0, y1), std::abs(x1 - x0), std::abs(y1 - y0)};
      if (rect.x > near_.right() || rect.right() < near_.x) continue;
      rect = inside(rect);
      if (rect.width >= style_.column) {
        out_.add(Box{rect, fill});
        continue;
      }
      const auto column = static_cast<std::int64_t>(std::floor(rect.x / style_.column));
      rect.x = static_cast<double>(column) * style_.column;
      rect.width = style_.column;
      const auto [it, fresh] = merged.emplace(column, rect);
      if (fresh) continue;
      const double bottom = std::max(it->second.bottom(), rect.bottom());
      it->second.y = std::min(it->second.y, rect.y);
      it->second.height = bottom - it->second.y;
    }
    for (const auto& [column, rect] : merged)
      out_.add(Box{rect, fill});
  }

  void operator()(const Intervals& d) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < d.x.size(); ++i) {
      const AxisMap& along = d.horizontal ? area_.x : area_.y;
      const AxisMap& across = d.horizontal ? area_.y : area_.x;
      const double at = d.horizontal ? d.y[i] : d.x[i], centre = d.horizontal ? d.x[i] : d.y[i];
      if (!across.drawable(at)) continue;
      const auto place = [&](double value) {
        return d.horizontal ? Point{along.point(value), across.point(at)}
                            : Point{across.point(at), along.point(value)};
      };
      const double low = along.drawable(d.low[i]) || !std::isfinite(d.low[i]) ? d.low[i] : along.low();
      if (std::isfinite(low) && along.drawable(d.high[i]))
        add_line({place(low), place(d.high[i])}, Stroke{ink_, 0.8 * style_.line_width, {}});
      if (along.drawable(centre)) points.push_back(place(centre));
    }
    add_markers(std::move(points), style_.marker_size);
  }

  void operator()(const Scatter& d) {
    // One marker per cell of half a marker's width: more cannot be seen.
    const double cell = style_.marker_size / 2;
    const auto columns = static_cast<std::size_t>(near_.width / cell) + 1;
    std::vector<char> taken(columns * (static_cast<std::size_t>(near_.height / cell) + 1), 0);
    std::vector<Point> points;
    for (std::size_t i = 0; i < d.x.size(); ++i) {
      if (!area_.x.drawable(d.x[i]) || !area_.y.drawable(d.y[i])) continue;
      const Point p{area_.x.point(d.x[i]), area_.y.point(d.y[i])};
      if (p.x < near_.x || p.x > near_.right() || p.y < near_.y || p.y > near_.bottom()) continue;
      const auto column = static_cast<std::size_t>((p.x - near_.x) / cell);
      char& mark = taken[static_cast<std::size_t>((p.y - near_.y) / cell) * columns + column];
      if (!mark) points.push_back(p);
      mark = 1;
    }
    if (points.size() <= most_markers)
      add_markers(std::move(points), style_.marker_size * 0.8);
    else
      add_dots(points);
  }

  void operator()(const Rule& d) {
    const AxisMap& axis = d.vertical ? area_.x : area_.y;
    if (!axis.drawable(d.at)) return;
    const double at = axis.point(d.at);
    const Rect& r = area_.rect;
    const Point a = d.vertical ? Point{at, r.y} : Point{r.x, at};
    const Point b = d.vertical ? Point{at, r.bottom()} : Point{r.right(), at};
    add_line({a, b}, Stroke{style_.muted, 0.7 * style_.line_width, {2.5, 2}});
  }

  /// After all data from primitive `first` on, so that a label can keep clear of lines.
  void label(const Rule& rule, std::size_t first) {
    const AxisMap& axis = rule.vertical ? area_.x : area_.y;
    if (rule.label.empty() || !axis.drawable(rule.at)) return;
    const double at = axis.point(rule.at);
    const Rect& r = area_.rect;
    const double size = style_.tick_size;
    Text text{
        {}, shortened(drawable_text(rule.label), 0.8 * r.width, size, false, metrics_), size, style_.muted};
    text.vertical = VerticalAlign::top;
    const TextExtent extent = metrics_.measure(text.text, size, false);
    std::vector<Point> places;
    const double aside = 0.7 * style_.gap;
    for (const double y :
         {r.y + 1, r.bottom() - extent.height() - 1, r.y + 0.5 * (r.height - extent.height())})
      for (const double x : {at + aside, at - aside - extent.width})
        places.push_back({x, y});
    if (!rule.vertical) {
      places.clear();
      for (const double x : {r.right() - extent.width - 2, r.x + 2, r.x + 0.5 * (r.width - extent.width)})
        for (const double y : {at + 1, at - 1 - extent.height()})
          places.push_back({x, y});
    }
    const auto box_at = [&](Point p) { return Rect{p.x, p.y, extent.width, extent.height()}; };
    std::erase_if(places, [&](Point p) {
      const Rect box = box_at(p);
      const bool outside = box.x < r.x || box.right() > r.right() || box.y < r.y || box.bottom() > r.bottom();
      return outside ||
             std::any_of(labels_.begin(), labels_.end(), [&](const Rect& l) { return overlap(l, box); });
    });
    if (places.empty()) return;  // rules too close together: the line stands without its name
    const auto clear = std::find_if(places.begin(), places.end(), [&](Point p) {
      return std::none_of(out_.primitives.begin() + static_cast<std::ptrdiff_t>(first), out_.primitives.end(),
                          [&](const Primitive& q) {
                            const auto* line = std::get_if<Polyline>(&q);
                            return line && !clip_line(line->points, grown(box_at(p), -0.5)).empty();
                          });
    });
    text.at = clear == places.end() ? places.front() : *clear;
    labels_.push_back(box_at(text.at));
    out_.add(std::move(text));
  }

 private:
  Stroke series_stroke() const {
    return {ink_, style_.line_width * series_->look.width, style_.dash_of(series_->look)};
  }

  void add_line(const std::vector<Point>& points, const Stroke& stroke) {
    for (auto& part : clip_line(points, near_))
      out_.add(Polyline{std::move(part), stroke});
  }

  void add_polygon(std::vector<Point> points, Colour fill) {
    auto part = clip_polygon(std::move(points), near_);
    if (part.size() > 2) out_.add(Polygon{std::move(part), fill});
  }

  void add_markers(std::vector<Point> points, double size) {
    std::erase_if(points, [this](Point p) {
      return p.x < near_.x || p.x > near_.right() || p.y < near_.y || p.y > near_.bottom();
    });
    const Marker shape = series_->look.marker == Marker::none ? Marker::circle : series_->look.marker;
    if (!points.empty()) out_.add(Markers{std::move(points), shape, size, ink_});
  }

  /// Points far enough apart for their markers to be told apart.
  std::vector<Point> spaced(const std::vector<std::vector<Point>>& runs) const {
    std::vector<Point> out;
    for (const auto& run : runs)
      for (const Point p : run)
        if (out.empty() || std::hypot(p.x - out.back().x, p.y - out.back().y) >= 2.5 * style_.marker_size)
          out.push_back(p);
    return out;
  }

  Rect inside(const Rect& r) const {
    const double x0 = std::max(r.x, near_.x), x1 = std::min(r.right(), near_.right());
    const double y0 = std::clamp(r.y, near_.y, near_.bottom()),
                 y1 = std::clamp(r.bottom(), near_.y, near_.bottom());
    return {x0, y0, std::max(0.0, x1 - x0), y1 - y0};
  }

  void add_dots(const std::vector<Point>& points) {
    Image image;
    image.rect = area_.rect;
    image.width = std::max(1, static_cast<int>(area_.rect.width / style_.column));
    image.height = std::max(1, static_cast<int>(area_.rect.height / style_.column));
    std::vector<Colour> pixels(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height),
                               with_alpha(ink_, 0));
    const int reach = std::max(0, static_cast<int>(style_.marker_size / style_.column / 4));
    for (const Point p : points) {
      const int cx = static_cast<int>((p.x - area_.rect.x) / style_.column);
      const int cy = static_cast<int>((p.y - area_.rect.y) / style_.column);
      for (int y = std::max(0, cy - reach); y <= std::min(image.height - 1, cy + reach); ++y)
        for (int x = std::max(0, cx - reach); x <= std::min(image.width - 1, cx + reach); ++x)
          pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                 static_cast<std::size_t>(x)] = with_alpha(ink_, 0.8);
    }
    image.pixels = std::make_shared<const std::vector<Colour>>(std::move(pixels));
    out_.add(std::move(image));
  }

  const PlotArea& area_;
  const Limits& colour_;
  const Style& style_;
  const TextMetrics& metrics_;
  Scene& out_;
  Rect near_;  ///< the plot area and a little more, so that cut ends do not show
  const Series* series_ = nullptr;
  Colour ink_;
  std::vector<Rect> labels_;
};

int layer_of(const Series& series) {
  if (std::holds_alternative<HeatMap>(series.data)) return 0;
  if (std::holds_alternative<Band>(series.data)) return 1;
  if (std::holds_alternative<Bars>(series.data) || std::holds_alternative<Steps>(series.data)) return 2;
  return std::holds_alternative<Rule>(series.data) ? 3 : 4;
}

}  // namespace

void draw_data(const Panel& panel, const PlotArea& area, const Limits& colour, const Style& style,
               const TextMetrics& metrics, Scene& out) {
  out.add(ClipBegin{area.rect});
  const std::size_t first = out.primitives.size();
  SeriesDrawer drawer(area, colour, style, metrics, out);
  for (int layer = 0; layer <= 4; ++layer)
    for (const Series& series : panel.series)
      if (layer_of(series) == layer) drawer.draw(series);
  for (const Series& series : panel.series)
    if (const auto* rule = std::get_if<Rule>(&series.data)) drawer.label(*rule, first);
  out.add(ClipEnd{});
}

}  // namespace tauscope
