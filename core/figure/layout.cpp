#include "core/figure/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/figure/draw_series.h"
#include "core/figure/legend.h"
#include "core/figure/limits.h"
#include "core/figure/ticks.h"

namespace tauscope {

namespace {

constexpr double page_edge = 2;       // kept free around everything
constexpr double smallest_plot = 20;  // a plot area below this says nothing
constexpr double colour_bar_width = 7;
constexpr double widest_category = 0.3;  // of the page, for names at ticks that all panels share

struct Margins {
  double left = 0, right = 0, top = 0, bottom = 0;
};

bool grow(double& value, double needed) {
  if (needed <= value + 0.01) return false;
  value = needed;
  return true;
}

struct LabelledAxis {
  Axis axis;  ///< with names shortened to what fits
  std::vector<Tick> ticks;
  std::vector<std::string> label;  ///< lines
  bool numbers = true;             ///< false where a neighbour shows them
};

struct PlannedPanel {
  const Panel* panel = nullptr;
  PanelLimits limits;
  LabelledAxis x, y, colour;
  std::vector<std::string> title;
  bool colour_bar = false;
  PlotArea area;
};

std::string axis_title(const Axis& axis) {
  if (axis.unit.empty()) return drawable_text(axis.label);
  return drawable_text(axis.label + " (" + axis.unit + ")");
}

class Planner {
 public:
  Planner(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style)
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
        name =
            shortened(drawable_text(name),
                      widest_category * size.width / (figure.share_y ? 1.0 : static_cast<double>(columns_)),
                      style.tick_size, false, metrics);
      planned.x.numbers = !figure.share_x || !below(p);
      planned.y.numbers = !figure.share_y || p % columns_ == 0;
      const bool end_of_row = p % columns_ + 1 == columns_ || p + 1 == figure.panels.size();
      planned.colour_bar = heat_map_of(*planned.panel) && (!figure.share_colour || end_of_row);
      if (planned.colour_bar) planned.colour.axis = heat_map_of(*planned.panel)->colour;
    }
  }

  /// Chooses the plot areas: margins grow until everything around them fits.
  void plan(double legend_height, double title_height) {
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

  std::vector<PlannedPanel>& panels() { return panels_; }
  double line_height() const { return line_; }

 private:
  bool below(std::size_t p) const { return p + columns_ < panels_count(); }
  std::size_t panels_count() const { return figure_.panels.size(); }

  void place_areas(double legend_height, double title_height) {
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

  static void set_area(PlannedPanel& p, const Rect& rect) {
    const Axis &x = p.panel->x, &y = p.panel->y;
    p.area.rect = rect;
    p.area.x = AxisMap(x.scale, p.limits.x.low, p.limits.x.high, x.reversed ? rect.right() : rect.x,
                       x.reversed ? rect.x : rect.right());
    p.area.y = AxisMap(y.scale, p.limits.y.low, p.limits.y.high, y.reversed ? rect.y : rect.bottom(),
                       y.reversed ? rect.bottom() : rect.y);
  }

  std::vector<std::string> lines(const std::string& text, double width, bool bold = false) const {
    return wrapped(text, width, style_.font_size, bold, 2, metrics_);
  }

  void label(PlannedPanel& p) {
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

  double widest(const std::vector<Tick>& ticks) const {
    double width = 0;
    for (const Tick& tick : ticks)
      width = std::max(width, metrics_.measure(tick.label, style_.tick_size, false).width);
    return width;
  }
  double tallest(const std::vector<Tick>& ticks) const {
    double height = 0;
    for (const Tick& tick : ticks)
      if (!tick.label.empty())
        height = std::max(height, metrics_.measure(tick.label, style_.tick_size, false).height());
    return height;
  }
  double block(const std::vector<std::string>& text) const {
    return static_cast<double>(text.size()) * line_;
  }

  Margins margins_of(const PlannedPanel& p) const {
    const Rect& r = p.area.rect;
    Margins m;
    const double marks = style_.tick_length + 0.5 * style_.gap;
    if (p.y.numbers) {
      m.left = marks + widest(p.y.ticks);
      if (!p.y.label.empty()) m.left += style_.gap + block(p.y.label);
    }
    m.bottom = style_.tick_length;
    if (p.x.numbers) {
      m.bottom = marks + tallest(p.x.ticks);
      if (!p.x.label.empty()) m.bottom += 0.3 * style_.gap + block(p.x.label);
      for (const Tick& tick : p.x.ticks) {  // numbers at the ends reach beyond the frame
        const double half = metrics_.measure(tick.label, style_.tick_size, false).width / 2;
        m.left = std::max(m.left, half - (tick.point - r.x));
        m.right = std::max(m.right, half - (r.right() - tick.point));
      }
    }
    if (!p.title.empty()) m.top = block(p.title) + 0.6 * style_.gap;
    const double over = metrics_.measure("0", style_.tick_size, false).height() / 2;
    m.top = std::max(m.top, over);
    m.bottom = std::max(m.bottom, over);
    if (p.colour_bar) {
      m.right = 1.5 * style_.gap + colour_bar_width + marks + widest(p.colour.ticks);
      if (!p.colour.label.empty()) m.right += style_.gap + block(p.colour.label);
    }
    return m;
  }

  const Figure& figure_;
  Size size_;
  const TextMetrics& metrics_;
  const Style& style_;
  std::size_t columns_ = 1, rows_ = 1;
  double line_ = 0;
  std::vector<double> left_, right_, top_, bottom_;
  std::vector<PlannedPanel> panels_;
};

/// Draws what surrounds the data of a planned panel.
class FrameDrawer {
 public:
  FrameDrawer(const Style& style, const TextMetrics& metrics, double line, Scene& out)
      : style_(style), metrics_(metrics), line_(line), out_(out) {}

  void grid(const PlannedPanel& p) {
    const Rect& r = p.area.rect;
    if (heat_map_of(*p.panel)) return;
    const Stroke stroke{style_.grid, 0.5 * style_.frame_width, {}};
    for (const Tick& t : p.x.ticks)
      if (!t.label.empty()) out_.add(Polyline{{{t.point, r.y}, {t.point, r.bottom()}}, stroke});
    for (const Tick& t : p.y.ticks)
      if (!t.label.empty()) out_.add(Polyline{{{r.x, t.point}, {r.right(), t.point}}, stroke});
  }

  void frame(const PlannedPanel& p) {
    const Rect& r = p.area.rect;
    const Stroke stroke{style_.frame, style_.frame_width, {}};
    out_.add(Polyline{{{r.x, r.y}, {r.right(), r.y}, {r.right(), r.bottom()}, {r.x, r.bottom()}, {r.x, r.y}},
                      stroke});
    bottom_axis(p, stroke);
    left_axis(p, stroke);
    for (std::size_t i = 0; i < p.title.size(); ++i) {
      const double up = static_cast<double>(p.title.size() - 1 - i) * line_ + 0.6 * style_.gap;
      Text text{{r.x + r.width / 2, r.y - up}, p.title[i], style_.font_size, style_.ink};
      text.horizontal = HorizontalAlign::centre;
      text.vertical = VerticalAlign::bottom;
      text.bold = true;
      out_.add(std::move(text));
    }
    if (p.colour_bar) colour_bar(p, stroke);
  }

 private:
  double tick_length(const Tick& t) const { return (t.label.empty() ? 0.6 : 1) * style_.tick_length; }

  void bottom_axis(const PlannedPanel& p, const Stroke& stroke) {
    const Rect& r = p.area.rect;
    double height = 0;
    for (const Tick& t : p.x.ticks) {
      out_.add(Polyline{{{t.point, r.bottom()}, {t.point, r.bottom() + tick_length(t)}}, stroke});
      if (!p.x.numbers || t.label.empty()) continue;
      Text text{{t.point, r.bottom() + style_.tick_length + 0.5 * style_.gap},
                t.label,
                style_.tick_size,
                style_.ink};
      text.horizontal = HorizontalAlign::centre;
      text.vertical = VerticalAlign::top;
      height = std::max(height, bounds(text, metrics_).height);
      out_.add(std::move(text));
    }
    if (!p.x.numbers) return;
    double y = r.bottom() + style_.tick_length + 0.8 * style_.gap + height;
    for (const std::string& line : p.x.label) {
      Text text{{r.x + r.width / 2, y}, line, style_.font_size, style_.ink};
      text.horizontal = HorizontalAlign::centre;
      text.vertical = VerticalAlign::top;
      out_.add(std::move(text));
      y += line_;
    }
  }

  void left_axis(const PlannedPanel& p, const Stroke& stroke) {
    const Rect& r = p.area.rect;
    double width = 0;
    for (const Tick& t : p.y.ticks) {
      out_.add(Polyline{{{r.x, t.point}, {r.x - tick_length(t), t.point}}, stroke});
      if (!p.y.numbers || t.label.empty()) continue;
      Text text{
          {r.x - style_.tick_length - 0.5 * style_.gap, t.point}, t.label, style_.tick_size, style_.ink};
      text.horizontal = HorizontalAlign::right;
      text.vertical = VerticalAlign::middle;
      width = std::max(width, bounds(text, metrics_).width);
      out_.add(std::move(text));
    }
    if (!p.y.numbers) return;
    const double x = r.x - style_.tick_length - 1.5 * style_.gap - width;
    rotated_lines(p.y.label, x - static_cast<double>(p.y.label.size()) * line_, r.y + r.height / 2);
  }

  /// Lines that read upwards; the first is the leftmost, its left edge at x.
  void rotated_lines(const std::vector<std::string>& lines, double x, double middle) {
    for (const std::string& line : lines) {
      Text text{{x, middle}, line, style_.font_size, style_.ink};
      text.horizontal = HorizontalAlign::centre;
      text.vertical = VerticalAlign::top;
      text.rotation = 90;
      out_.add(std::move(text));
      x += line_;
    }
  }

  void colour_bar(const PlannedPanel& p, const Stroke& stroke) {
    const Rect& r = p.area.rect;
    const Rect bar{r.right() + 1.5 * style_.gap, r.y, colour_bar_width, r.height};
    out_.add(colour_bar_image(*heat_map_of(*p.panel), bar));
    out_.add(Polyline{{{bar.x, bar.y},
                       {bar.right(), bar.y},
                       {bar.right(), bar.bottom()},
                       {bar.x, bar.bottom()},
                       {bar.x, bar.y}},
                      stroke});
    double width = 0;
    for (const Tick& t : p.colour.ticks) {
      out_.add(Polyline{{{bar.right(), t.point}, {bar.right() + tick_length(t), t.point}}, stroke});
      if (t.label.empty()) continue;
      Text text{{bar.right() + style_.tick_length + 0.5 * style_.gap, t.point},
                t.label,
                style_.tick_size,
                style_.ink};
      text.vertical = VerticalAlign::middle;
      width = std::max(width, bounds(text, metrics_).width);
      out_.add(std::move(text));
    }
    rotated_lines(p.colour.label, bar.right() + style_.tick_length + 1.5 * style_.gap + width,
                  r.y + r.height / 2);
  }

  const Style& style_;
  const TextMetrics& metrics_;
  double line_;
  Scene& out_;
};

Scene compose(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style,
              bool legend_below, const std::vector<LegendEntry>& entries, bool& placed) {
  Scene scene;
  scene.size = size;
  scene.background = style.background;
  scene.title = figure.title;
  scene.description = figure.description;
  scene.provenance = figure.provenance;

  Planner planner(figure, size, metrics, style);
  const double width = size.width - 2 * page_edge;
  const LegendBlock below = legend_below ? arrange_legend(entries, width, 0, style, metrics) : LegendBlock{};
  std::vector<std::string> title;
  if (style.draw_title)
    title = wrapped(drawable_text(figure.title), width, style.font_size, true, 2, metrics);
  const double title_height =
      static_cast<double>(title.size()) * planner.line_height() + (title.empty() ? 0 : style.gap);
  planner.plan(below.items.empty() ? 0 : below.size.height + style.gap, title_height);

  for (std::size_t i = 0; i < title.size(); ++i) {
    Text text{{size.width / 2, page_edge + static_cast<double>(i) * planner.line_height()},
              title[i],
              style.font_size,
              style.ink};
    text.horizontal = HorizontalAlign::centre;
    text.vertical = VerticalAlign::top;
    text.bold = true;
    scene.add(std::move(text));
  }
  FrameDrawer frames(style, metrics, planner.line_height(), scene);
  std::size_t first_data = 0;
  for (const PlannedPanel& panel : planner.panels()) {
    frames.grid(panel);
    first_data = scene.primitives.size();
    draw_data(*panel.panel, panel.area, panel.limits.colour, style, metrics, scene);
    frames.frame(panel);
    scene.areas.push_back(panel.area);
  }
  placed = true;
  if (!below.items.empty()) {
    draw_legend(below, {(size.width - below.size.width) / 2, size.height - page_edge - below.size.height},
                style, scene);
  } else if (!entries.empty()) {
    const Rect plot = scene.areas[0].rect;
    const LegendBlock inside = arrange_legend(entries, 0.6 * plot.width, 1, style, metrics);
    const auto corner = free_place(scene, first_data, plot, inside.size, metrics);
    placed = corner.has_value();
    if (corner) draw_legend(inside, *corner, style, scene);
  }
  return scene;
}

}  // namespace

Scene layout(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style) {
  check(figure);
  std::vector<LegendEntry> entries = legend_entries(figure.panels);
  // One series needs no legend when its axis says what it is.
  if (figure.legend == LegendPlace::none || (entries.size() < 2 && figure.legend == LegendPlace::automatic))
    entries.clear();
  const bool below = !entries.empty() && (figure.legend == LegendPlace::below || figure.panels.size() > 1);
  bool placed = false;
  Scene scene = compose(figure, size, metrics, style, below, entries, placed);
  if (!placed) scene = compose(figure, size, metrics, style, true, entries, placed);
  return scene;
}

}  // namespace tauscope
