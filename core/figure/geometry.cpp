#include "core/figure/geometry.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace tauscope {

namespace {

/// Liang and Barsky: the part of a → b inside `r` as parameters; false if there is none.
bool clip_segment(Point a, Point b, const Rect& r, double& t0, double& t1) {
  t0 = 0;
  t1 = 1;
  const double dx = b.x - a.x, dy = b.y - a.y;
  const std::array<double, 4> p = {-dx, dx, -dy, dy};
  const std::array<double, 4> q = {a.x - r.x, r.right() - a.x, a.y - r.y, r.bottom() - a.y};
  for (std::size_t i = 0; i < 4; ++i) {
    if (p[i] == 0) {
      if (q[i] < 0) return false;
      continue;
    }
    const double t = q[i] / p[i];
    if (p[i] < 0)
      t0 = std::max(t0, t);
    else
      t1 = std::min(t1, t);
    if (t0 > t1) return false;
  }
  return true;
}

}  // namespace

Rect rotated_bounds(const Rect& inner, Point pivot, double degrees) {
  double c = 0, s = 0;
  const double turns = std::remainder(degrees, 360.0);
  if (turns == 0) return inner;
  if (turns == 90 || turns == -90) {
    s = turns > 0 ? 1 : -1;
  } else {
    c = std::cos(turns * std::numbers::pi / 180);
    s = std::sin(turns * std::numbers::pi / 180);
  }
  double low_x = INFINITY, low_y = INFINITY, high_x = -INFINITY, high_y = -INFINITY;
  for (const double x : {inner.x, inner.right()})
    for (const double y : {inner.y, inner.bottom()}) {
      const double dx = x - pivot.x, dy = y - pivot.y;
      const double turned_x = pivot.x + c * dx + s * dy,
                   turned_y = pivot.y - s * dx + c * dy;  // y points down
      low_x = std::min(low_x, turned_x);
      high_x = std::max(high_x, turned_x);
      low_y = std::min(low_y, turned_y);
      high_y = std::max(high_y, turned_y);
    }
  return {low_x, low_y, high_x - low_x, high_y - low_y};
}

std::vector<std::vector<Point>> clip_line(const std::vector<Point>& points, const Rect& rect) {
  std::vector<std::vector<Point>> out;
  bool open = false;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i], b = points[i + 1];
    double t0 = 0, t1 = 1;
    if (!clip_segment(a, b, rect, t0, t1)) {
      open = false;
      continue;
    }
    const auto at = [&](double t) { return Point{a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)}; };
    if (!open || t0 > 0) out.push_back({t0 > 0 ? at(t0) : a});
    out.back().push_back(t1 < 1 ? at(t1) : b);
    open = t1 == 1;
  }
  return out;
}

std::vector<Point> clip_polygon(std::vector<Point> points, const Rect& rect) {
  // Each side as: signed distance to it, positive inside.
  const auto distance = [&rect](int side, Point p) {
    switch (side) {
      case 0:
        return p.x - rect.x;
      case 1:
        return rect.right() - p.x;
      case 2:
        return p.y - rect.y;
      default:
        return rect.bottom() - p.y;
    }
  };
  for (int side = 0; side < 4 && !points.empty(); ++side) {
    std::vector<Point> kept;
    kept.reserve(points.size() + 4);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Point a = points[i], b = points[(i + 1) % points.size()];
      const double da = distance(side, a), db = distance(side, b);
      if (da >= 0) kept.push_back(a);
      if ((da >= 0) != (db >= 0)) {
        const double t = da / (da - db);
        kept.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)});
      }
    }
    points = std::move(kept);
  }
  return points;
}

}  // namespace tauscope
