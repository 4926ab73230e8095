// Points and rectangles of a scene, and clipping to a rectangle.
#pragma once

#include <vector>

namespace tauscope {

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Size {
  double width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
  bool operator==(const Rect&) const = default;
};

inline Rect grown(const Rect& r, double by) {
  return {r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by};
}

inline bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

/// The rectangle that contains `inner` turned counter-clockwise by `degrees` about `pivot` (multiples of 90
/// exactly).
Rect rotated_bounds(const Rect& inner, Point pivot, double degrees);

/// The parts of a line that lie inside `rect`.
std::vector<std::vector<Point>> clip_line(const std::vector<Point>& points, const Rect& rect);

/// The part of a polygon that lies inside `rect` (Sutherland-Hodgman); empty if none.
std::vector<Point> clip_polygon(std::vector<Point> points, const Rect& rect);

}  // namespace tauscope
