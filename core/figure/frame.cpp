#include "core/figure/frame.h"

#include <algorithm>

#include "core/figure/draw_series.h"

namespace tauscope {

void FrameDrawer::grid(const PlannedPanel& p) {
  const Rect& r = p.area.rect;
  if (heat_map_of(*p.panel)) return;
  const Stroke stroke{style_.grid, 0.5 * style_.frame_width, {}};
  for (const Tick& t : p.x.ticks)
    if (!t.label.empty()) out_.add(Polyline{{{t.point, r.y}, {t.point, r.bottom()}}, stroke});
  for (const Tick& t : p.y.ticks)
    if (!t.label.empty()) out_.add(Polyline{{{r.x, t.point}, {r.right(), t.point}}, stroke});
}

void FrameDrawer::frame(const PlannedPanel& p) {
  const Rect& r = p.area.rect;
  const Stroke stroke{style_.frame, style_.frame_width, {}};
  out_.add(Polyline{{{r.x, r.y}, {r.right(), r.y}, {r.right(), r.bottom()}, {r.x, r.bottom()}, {r.x, r.y}},
                    stroke});
  for (const Tick& t : p.x.ticks)
    out_.add(Polyline{{{t.point, r.bottom()}, {t.point, r.bottom() + tick_length(t)}}, stroke});
  for (const Tick& t : p.y.ticks)
    out_.add(Polyline{{{r.x, t.point}, {r.x - tick_length(t), t.point}}, stroke});
  bottom_axis(p);
  left_axis(p);
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

void FrameDrawer::bottom_axis(const PlannedPanel& p) {
  const Rect& r = p.area.rect;
  double height = 0;
  for (const Tick& t : p.x.ticks) {
    if (!p.x.numbers || t.label.empty()) continue;
    Text text{
        {t.point, r.bottom() + style_.tick_length + 0.5 * style_.gap}, t.label, style_.tick_size, style_.ink};
    text.horizontal = HorizontalAlign::centre;
    text.vertical = VerticalAlign::top;
    if (p.x.axis.turned) {
      text.horizontal = HorizontalAlign::right;
      text.vertical = VerticalAlign::middle;
      text.rotation = 90;
    }
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

void FrameDrawer::left_axis(const PlannedPanel& p) {
  const Rect& r = p.area.rect;
  double width = 0;
  for (const Tick& t : p.y.ticks) {
    if (!p.y.numbers || t.label.empty()) continue;
    Text text{{r.x - style_.tick_length - 0.5 * style_.gap, t.point}, t.label, style_.tick_size, style_.ink};
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
void FrameDrawer::rotated_lines(const std::vector<std::string>& lines, double x, double middle) {
  for (const std::string& line : lines) {
    Text text{{x, middle}, line, style_.font_size, style_.ink};
    text.horizontal = HorizontalAlign::centre;
    text.vertical = VerticalAlign::top;
    text.rotation = 90;
    out_.add(std::move(text));
    x += line_;
  }
}

void FrameDrawer::colour_bar(const PlannedPanel& p, const Stroke& stroke) {
  const Rect& r = p.area.rect;
  const Rect bar{r.right() + 1.5 * style_.gap, r.y, colour_bar_width, r.height};
  out_.add(colour_bar_image(*heat_map_of(*p.panel), bar));
  out_.add(Polyline{{{bar.x, bar.y},
                     {bar.right(), bar.y},
                     {bar.right(), bar.bottom()},
                     {bar.x, bar.bottom()},
                     {bar.x, bar.y}},
                    stroke});
  for (const Tick& t : p.colour.ticks)
    out_.add(Polyline{{{bar.right(), t.point}, {bar.right() + tick_length(t), t.point}}, stroke});
  double width = 0;
  for (const Tick& t : p.colour.ticks) {
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

}  // namespace tauscope
