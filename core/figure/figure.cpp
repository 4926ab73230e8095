#include "core/figure/figure.h"

#include <fmt/format.h>

#include <array>

#include "core/base/error.h"

namespace tauscope {

namespace {

constexpr std::array dashes = {Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted, Dash::long_dash};
constexpr std::array markers = {Marker::circle,  Marker::square,        Marker::triangle,
                                Marker::diamond, Marker::down_triangle, Marker::cross};

struct LengthCheck {
  std::string operator()(const Line& d) const {
    return d.x.empty() || d.x.size() == d.y.size() ? "" : "x and y of a line differ in length";
  }
  std::string operator()(const Band& d) const {
    return d.x.size() == d.low.size() && d.x.size() == d.high.size()
               ? ""
               : "a band needs one low and one high per x";
  }
  std::string operator()(const Steps& d) const {
    return d.edges.size() == d.heights.size() + 1 ? "" : "a histogram needs one edge more than heights";
  }
  std::string operator()(const Bars& d) const {
    const bool bases = d.base.empty() || d.base.size() == d.top.size();
    return bases && d.x_low.size() == d.top.size() && d.x_high.size() == d.top.size()
               ? ""
               : "bars need two x, and a base or none, per top";
  }
  std::string operator()(const Intervals& d) const {
    const bool same = d.x.size() == d.y.size() && d.x.size() == d.low.size() && d.x.size() == d.high.size();
    return same ? "" : "intervals need x, y, low and high of one length";
  }
  std::string operator()(const Scatter& d) const {
    if (d.x.size() != d.y.size()) return "x and y of a scatter differ in length";
    return d.names.empty() || d.names.size() == d.x.size() ? ""
                                                           : "a scatter needs one name per point or none";
  }
  std::string operator()(const HeatMap& d) const {
    if (d.x_edges.size() < 2 || d.y_edges.size() < 2)
      return "a heat map needs at least two edges on each axis";
    return d.cells.size() == (d.x_edges.size() - 1) * (d.y_edges.size() - 1)
               ? ""
               : "a heat map's cells do not match its edges";
  }
  std::string operator()(const Rule&) const { return ""; }
};

}  // namespace

Look look_of(int slot) {
  Look look;
  look.slot = slot;
  const auto at = static_cast<std::size_t>(slot < 0 ? 0 : slot);
  look.dash = dashes[at % dashes.size()];
  look.marker = markers[at % markers.size()];
  return look;
}

Look look_in_order(std::size_t i, std::size_t n) {
  Look look = look_of(static_cast<int>(i % 30));
  look.ordered = n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0.0;
  return look;
}

std::vector<Series> stack(const std::vector<std::string>& names, const Values& x_low, const Values& x_high,
                          const std::vector<Values>& heights) {
  std::vector<double> up(x_low.size(), 0), down(x_low.size(), 0);
  std::vector<Series> out;
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<double> base(x_low.size()), top(x_low.size());
    for (std::size_t i = 0; i < x_low.size(); ++i) {
      double& level = heights[k][i] < 0 ? down[i] : up[i];
      base[i] = level;
      top[i] = level += heights[k][i];
    }
    out.push_back(
        {names[k], look_of(static_cast<int>(k)), Bars{x_low, x_high, std::move(base), std::move(top)}});
  }
  return out;
}

void check(const Figure& figure) {
  if (figure.panels.empty() || figure.columns < 1)
    throw Error::failed("",
                        fmt::format("figure '{}': it needs at least one panel and one column", figure.title));
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    const Panel& panel = figure.panels[p];
    for (const Axis* axis : {&panel.x, &panel.y})
      if (!axis->tick_labels.empty() && axis->tick_labels.size() != axis->ticks.size())
        throw Error::failed("", fmt::format("figure '{}', panel {}: {} tick labels for {} ticks",
                                            figure.title, p, axis->tick_labels.size(), axis->ticks.size()));
    for (const Series& series : panel.series) {
      const std::string problem = std::visit(LengthCheck{}, series.data);
      if (!problem.empty())
        throw Error::failed(
            "", fmt::format("figure '{}', panel {}, series '{}': {}", figure.title, p, series.name, problem));
    }
  }
}

}  // namespace tauscope
