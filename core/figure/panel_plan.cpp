#include "core/figure/panel_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace tauscope {

namespace {

constexpr double smallest_plot = 20;     // a plot area below this says nothing
constexpr double widest_category = 0.3;  // of the page, for names at ticks that all panels share

bool grow(double& value, double needed) {
  if (needed <= value + 0.01) return false;
  value = needed;
  return true;
}

std::string axis_title(const Axis& axis) {
  if (axis.unit.empty()) return drawable_text(axis.label);
  return drawable_text(axis.label + " (" + axis.unit + ")");
}

}  // namespace

PanelPlan::PanelPlan(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style)
    : figure_(figure), size_(size), metrics_(metrics), style_(style) {
  columns_ = std::min<std::size_t>(static_cast<std::size_t>(figure.columns), figure.panels.size());
  rows_ = (figure.panels.size() + columns_ - 1) / columns_;
  line_ = metrics.measure("Ag", style.font_size, false).height();
  const auto limits = limits_of(figure);
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    PlannedPanel& planned = panels_.emplace_back();
    planned.panel = &figure.panels[p];
    planned.limits = limits[p];
    planned.x.axis = planned.panel->x;
    planned.y.axis = planned.panel->y;
    for (std::string& name : planned.y.axis.tick_labels)
      name = shortened(drawable_text(name),
                       widest_category * size.width / (figure.share_y ? 1.0 : static_cast<double>(columns_)),
                       style.tick_size, false, metrics);
    planned.x.numbers = !figure.share_x || !has_panel_below(p);
    planned.y.numbers = !figure.share_y || p % columns_ == 0;
    const bool end_of_row = p % columns_ + 1 == columns_ || p + 1 == figure.panels.size();
    planned.colour_bar = heat_map_of(*planned.panel) && (!figure.share_colour || end_of_row);
    if (planned.colour_bar) planned.colour.axis = heat_map_of(*planned.panel)->colour;
  }
}

void PanelPlan::arrange(double legend_height, double title_height) {
  left_.assign(columns_, 0);
  right_.assign(columns_, 0);
  top_.assign(rows_, 0);
  bottom_.assign(rows_, 0);
  for (int round = 0; round < 12; ++round) {
    place_areas(legend_height, title_height);
    bool grew = false;
    for (std::size_t p = 0; p < panels_.size(); ++p) {
      label(panels_[p]);
      const Margins needed = margins_of(panels_[p]);
      grew = grow(left_[p % columns_], needed.left) || grew;
      grew = grow(right_[p % columns_], needed.right) || grew;
      grew = grow(top_[p / columns_], needed.top) || grew;
      grew = grow(bottom_[p / columns_], needed.bottom) || grew;
    }
    if (!grew) return;
  }
  throw Error::failed("", fmt::format("figure '{}' finds no arrangement on {:.0f} by {:.0f} points",
                                      figure_.title, size_.width, size_.height));
}

void PanelPlan::place_areas(double legend_height, double title_height) {
  const double gap_x = 1.2 * style_.font_size, gap_y = 0.9 * style_.font_size;
  double width = size_.width - 2 * page_edge - gap_x * static_cast<double>(columns_ - 1);
  double height =
      size_.height - 2 * page_edge - title_height - legend_height - gap_y * static_cast<double>(rows_ - 1);
  for (std::size_t c = 0; c < columns_; ++c)
    width -= left_[c] + right_[c];
  for (std::size_t r = 0; r < rows_; ++r)
    height -= top_[r] + bottom_[r];
  width /= static_cast<double>(columns_);
  height /= static_cast<double>(rows_);
  if (width < smallest_plot || height < smallest_plot)
    throw Error::failed("", fmt::format("figure '{}' has no room on {:.0f} by {:.0f} points", figure_.title,
                                        size_.width, size_.height))
        .remedy("make it larger, or show fewer panels");
  double y = page_edge + title_height;
  for (std::size_t r = 0; r < rows_; ++r) {
    y += top_[r];
    double x = page_edge;
    for (std::size_t c = 0; c < columns_; ++c) {
      x += left_[c];
      if (r * columns_ + c < panels_.size()) set_area(panels_[r * columns_ + c], {x, y, width, height});
      x += width + right_[c] + gap_x;
    }
    y += height + bottom_[r] + gap_y;
  }
}

void PanelPlan::set_area(PlannedPanel& p, const Rect& rect) {
  const Axis &x = p.panel->x, &y = p.panel->y;
  p.area.rect = rect;
  p.area.x = AxisMap(x.scale, p.limits.x.low, p.limits.x.high, x.reversed ? rect.right() : rect.x,
                     x.reversed ? rect.x : rect.right());
  p.area.y = AxisMap(y.scale, p.limits.y.low, p.limits.y.high, y.reversed ? rect.y : rect.bottom(),
                     y.reversed ? rect.bottom() : rect.y);
}

std::vector<std::string> PanelPlan::lines(const std::string& text, double width, bool bold) const {
  return wrapped(text, width, style_.font_size, bold, 2, metrics_);
}

void PanelPlan::label(PlannedPanel& p) const {
  const Rect& r = p.area.rect;
  p.x.ticks = choose_ticks(p.x.axis, p.area.x, false, style_, metrics_);
  p.y.ticks = choose_ticks(p.y.axis, p.area.y, true, style_, metrics_);
  p.x.label = lines(axis_title(p.panel->x), r.width);
  p.y.label = lines(axis_title(p.panel->y), r.height);
  p.title = lines(drawable_text(p.panel->title), r.width, true);
  if (!p.colour_bar) return;
  const AxisMap map(p.colour.axis.scale, p.limits.colour.low, p.limits.colour.high, r.bottom(), r.y);
  p.colour.ticks = choose_ticks(p.colour.axis, map, true, style_, metrics_);
  p.colour.label = lines(axis_title(p.colour.axis), r.height);
}

double PanelPlan::widest(const std::vector<Tick>& ticks) const {
  double width = 0;
  for (const Tick& tick : ticks)
    width = std::max(width, metrics_.measure(tick.label, style_.tick_size, false).width);
  return width;
}

double PanelPlan::tallest(const std::vector<Tick>& ticks) const {
  double height = 0;
  for (const Tick& tick : ticks)
    if (!tick.label.empty())
      height = std::max(height, metrics_.measure(tick.label, style_.tick_size, false).height());
  return height;
}

PanelPlan::Margins PanelPlan::margins_of(const PlannedPanel& p) const {
  const Rect& r = p.area.rect;
  Margins m;
  const double marks = style_.tick_length + 0.5 * style_.gap;
  if (p.y.numbers) {
    m.left = marks + widest(p.y.ticks);
    if (!p.y.label.empty()) m.left += style_.gap + height_of(p.y.label);
  }
  m.bottom = style_.tick_length;
  if (p.x.numbers) {
    m.bottom = marks + (p.x.axis.turned ? widest(p.x.ticks) : tallest(p.x.ticks));
    if (!p.x.label.empty()) m.bottom += 0.3 * style_.gap + height_of(p.x.label);
    for (const Tick& tick : p.x.ticks) {  // numbers at the ends reach beyond the frame
      const TextExtent extent = metrics_.measure(tick.label, style_.tick_size, false);
      const double half = (p.x.axis.turned ? extent.height() : extent.width) / 2;
      m.left = std::max(m.left, half - (tick.point - r.x));
      m.right = std::max(m.right, half - (r.right() - tick.point));
    }
  }
  if (!p.title.empty()) m.top = height_of(p.title) + 0.6 * style_.gap;
  const double over = metrics_.measure("0", style_.tick_size, false).height() / 2;
  m.top = std::max(m.top, over);
  m.bottom = std::max(m.bottom, over);
  if (p.colour_bar) {
    m.right = 1.5 * style_.gap + colour_bar_width + marks + widest(p.colour.ticks);
    if (!p.colour.label.empty()) m.right += style_.gap + height_of(p.colour.label);
  }
  return m;
}

}  // namespace tauscope
