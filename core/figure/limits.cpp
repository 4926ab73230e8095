#include "core/figure/limits.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tauscope {

namespace {

/// The finite range of what was seen; on a log axis of what is positive.
struct Extent {
  bool log = false;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value) || (log && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void add(const Values& values) {
    const double least = log ? std::numeric_limits<double>::min() : -std::numeric_limits<double>::max();
    constexpr double most = std::numeric_limits<double>::max();
    for (const double v : values.span()) {  // no branch on the common path: series can be very long
      low = v >= least && v < low ? v : low;
      high = v <= most && v > high ? v : high;
    }
    if (log && high <= 0) high = -std::numeric_limits<double>::infinity();
  }
  void add(const Extent& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
  bool empty() const { return low > high; }
};

struct PanelExtent {
  Extent x, y, colour;
  bool edge_to_edge = false;  ///< a heat map or a histogram reaches the frame
};

struct Gather {
  PanelExtent& out;

  void operator()(const Line& d) const {
    if (d.x.empty() && !d.y.empty()) {
      out.x.add(0.0);
      out.x.add(static_cast<double>(d.y.size() - 1));
    }
    out.x.add(d.x);
    out.y.add(d.y);
  }
  void operator()(const Band& d) const {
    out.x.add(d.x);
    out.y.add(d.low);
    out.y.add(d.high);
  }
  void operator()(const Steps& d) const {
    out.x.add(d.edges);
    out.y.add(d.heights);
    if (d.filled) out.y.add(0.0);
    out.edge_to_edge = true;
  }
  void operator()(const Bars& d) const {
    out.x.add(d.x_low);
    out.x.add(d.x_high);
    out.y.add(d.top);
    out.y.add(d.base);
    if (d.base.empty()) out.y.add(0.0);
  }
  void operator()(const Intervals& d) const {
    out.x.add(d.x);
    out.y.add(d.y);
    Extent& along = d.horizontal ? out.x : out.y;
    along.add(d.low);
    along.add(d.high);
  }
  void operator()(const Scatter& d) const {
    out.x.add(d.x);
    out.y.add(d.y);
  }
  void operator()(const HeatMap& d) const {
    out.x.add(d.x_edges);
    out.y.add(d.y_edges);
    out.colour.add(d.cells);
    out.edge_to_edge = true;
  }
  void operator()(const Rule&) const {}
};

Limits finish(const Axis& axis, Extent extent, double padding) {
  const bool log = axis.scale == Scale::log;
  if (axis.include_zero && !log) extent.add(0.0);
  if (extent.empty()) {
    extent.low = log ? 1 : 0;
    extent.high = log ? 10 : 1;
  }
  double low = extent.low, high = extent.high;
  if (log) {
    // The range of double is the page's edge too: a factor 2 beyond it would be infinite.
    const double widest = std::numeric_limits<double>::max() / 4,
                 least = 4 * std::numeric_limits<double>::min();
    low = std::clamp(low, least, widest / 4);
    high = std::clamp(high, 1.0001 * low, widest);
    const double factor = high / low < 1.01 ? 1.5 : std::pow(high / low, padding);
    low /= factor;
    high *= factor;
  } else {
    constexpr double widest = std::numeric_limits<double>::max() / 8;
    low = std::clamp(low, -widest, widest);
    high = std::clamp(high, -widest, widest);
    const double size = std::max(std::abs(low), std::abs(high));
    const bool flat = high - low <= 1e-6 * size || size < 1e-300;
    const double pad = flat ? (size < 1e-300 ? 0.5 : 0.1 * size) : padding * (high - low);
    const bool from_zero = axis.include_zero && low == 0 && !flat,
               to_zero = axis.include_zero && high == 0 && !flat;
    if (!from_zero) low -= pad;
    if (!to_zero) high += pad;
  }
  if (axis.low && std::isfinite(*axis.low) && (!log || *axis.low > 0)) low = *axis.low;
  if (axis.high && std::isfinite(*axis.high) && (!log || *axis.high > 0)) high = *axis.high;
  if (!(low < high)) high = log ? low * 10 : low + std::max(1.0, std::abs(low));
  return {low, high};
}

}  // namespace

const HeatMap* heat_map_of(const Panel& panel) {
  for (const Series& series : panel.series)
    if (const auto* map = std::get_if<HeatMap>(&series.data)) return map;
  return nullptr;
}

std::vector<PanelLimits> limits_of(const Figure& figure) {
  std::vector<PanelExtent> extents;
  PanelExtent all;
  for (const Panel& panel : figure.panels) {
    PanelExtent& extent = extents.emplace_back();
    const HeatMap* map = heat_map_of(panel);
    extent.x.log = panel.x.scale == Scale::log;
    extent.y.log = panel.y.scale == Scale::log;
    extent.colour.log = map && map->colour.scale == Scale::log;
    for (const Series& series : panel.series)
      std::visit(Gather{extent}, series.data);
    all.x.add(extent.x);
    all.y.add(extent.y);
    all.colour.add(extent.colour);
  }
  std::vector<PanelLimits> out;
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    const Panel& panel = figure.panels[p];
    const HeatMap* map = heat_map_of(panel);
    PanelLimits limits;
    limits.x = finish(panel.x, figure.share_x ? all.x : extents[p].x, extents[p].edge_to_edge ? 0 : 0.03);
    limits.y = finish(panel.y, figure.share_y ? all.y : extents[p].y, map ? 0 : 0.05);
    if (map) limits.colour = finish(map->colour, figure.share_colour ? all.colour : extents[p].colour, 0);
    out.push_back(limits);
  }
  return out;
}

}  // namespace tauscope
