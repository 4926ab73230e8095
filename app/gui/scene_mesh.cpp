#include "app/gui/scene_mesh.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tauscope::gui {

namespace {

struct Edge {
  Point left, right;
  int winding;
  double at(double x) const {
    const double t = (x - left.x) / (right.x - left.x);
    return left.y + t * (right.y - left.y);
  }
};

bool finite(Point p) {
  return std::isfinite(p.x) && std::isfinite(p.y);
}

std::vector<Edge> edges_of(const std::vector<Point>& polygon) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    if (!finite(a) || !finite(b) || a.x == b.x) continue;
    edges.push_back(a.x < b.x ? Edge{a, b, 1} : Edge{b, a, -1});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.left.x < b.left.x; });
  return edges;
}

double length_of(const std::vector<Point>& line) {
  double length = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    length += std::hypot(line[i + 1].x - line[i].x, line[i + 1].y - line[i].y);
  return length;
}

double spread_of(const std::vector<Point>& line) {
  const auto [x0, x1] =
      std::minmax_element(line.begin(), line.end(), [](Point a, Point b) { return a.x < b.x; });
  const auto [y0, y1] =
      std::minmax_element(line.begin(), line.end(), [](Point a, Point b) { return a.y < b.y; });
  return (x1->x - x0->x) + (y1->y - y0->y);
}

/// Moves `end` away from `from` by `reach`.
Point reached(Point from, Point end, double reach) {
  const double length = std::hypot(end.x - from.x, end.y - from.y);
  if (length <= 0) return end;
  return {end.x + (end.x - from.x) / length * reach, end.y + (end.y - from.y) / length * reach};
}

}  // namespace

std::vector<Slab> slabs_of(const std::vector<Point>& polygon) {
  const std::vector<Edge> edges = edges_of(polygon);
  std::vector<double> xs;
  for (const Edge& edge : edges)
    xs.insert(xs.end(), {edge.left.x, edge.right.x});
  std::sort(xs.begin(), xs.end());
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());

  std::vector<Slab> slabs;
  std::vector<const Edge*> active;
  std::size_t next = 0;
  for (std::size_t i = 0; i + 1 < xs.size(); ++i) {
    const double x0 = xs[i], x1 = xs[i + 1], middle = x0 + (x1 - x0) / 2;
    std::erase_if(active, [&](const Edge* edge) { return edge->right.x <= x0; });
    for (; next < edges.size() && edges[next].left.x <= x0; ++next)
      if (edges[next].right.x > x0) active.push_back(&edges[next]);
    std::sort(active.begin(), active.end(),
              [&](const Edge* a, const Edge* b) { return a->at(middle) < b->at(middle); });
    int winding = 0;
    const Edge* top = nullptr;
    for (const Edge* edge : active) {
      if (winding == 0) top = edge;
      winding += edge->winding;
      if (winding == 0) slabs.push_back({x0, x1, top->at(x0), top->at(x1), edge->at(x0), edge->at(x1)});
    }
  }
  return slabs;
}

std::vector<std::vector<Point>> dashes_of(const std::vector<Point>& line, std::span<const double> pattern) {
  const double period = std::accumulate(pattern.begin(), pattern.end(), 0.0);
  constexpr double most = 20000;  // dashes; what is longer leaves any screen
  const double length = length_of(line);
  if (line.size() < 2 || !(period > 0.1) || !(length < most * period) || length > 12 * spread_of(line) + 1)
    return {line};
  std::vector<std::vector<Point>> out;
  std::size_t part = 0;
  double left = pattern[0];
  bool on = true;
  std::vector<Point> piece = {line[0]};
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Point a = line[i], b = line[i + 1];
    const double edge = std::hypot(b.x - a.x, b.y - a.y);
    double done = 0;
    while (edge - done > left) {
      done += left;
      const Point p{a.x + (b.x - a.x) * done / edge, a.y + (b.y - a.y) * done / edge};
      if (on) {
        piece.push_back(p);
        out.push_back(std::move(piece));
      }
      piece = {p};
      on = !on;
      part = (part + 1) % pattern.size();
      left = std::max(pattern[part], 0.05);
    }
    left -= edge - done;
    if (on) piece.push_back(b);
  }
  if (on && piece.size() > 1) out.push_back(std::move(piece));
  return out;
}

std::vector<std::vector<Point>> smooth_runs(const std::vector<Point>& line, double reach) {
  std::vector<std::vector<Point>> runs;
  std::vector<Point> run;
  const auto close = [&] {
    if (run.size() > 1) runs.push_back(std::move(run));
    run.clear();
  };
  for (const Point p : line) {
    if (!finite(p)) {
      close();
      continue;
    }
    if (!run.empty() && std::hypot(p.x - run.back().x, p.y - run.back().y) < 0.1) continue;
    if (run.size() > 1) {
      const Point b = run.back(), a = run[run.size() - 2];
      const double ux = b.x - a.x, uy = b.y - a.y, vx = p.x - b.x, vy = p.y - b.y;
      if (ux * vx + uy * vy < -0.2 * std::hypot(ux, uy) * std::hypot(vx, vy)) {
        run.back() = reached(a, b, reach);
        close();
        run = {reached(p, b, reach)};
      }
    }
    run.push_back(p);
  }
  close();
  return runs;
}

std::vector<Column> columns_of(const std::vector<Point>& line, double width) {
  constexpr std::size_t least = 64;
  if (line.size() < least || static_cast<double>(line.size()) < 2 * (line.back().x - line.front().x))
    return {};
  for (std::size_t i = 0; i < line.size(); ++i)
    if (!finite(line[i]) || (i > 0 && line[i].x < line[i - 1].x)) return {};
  std::vector<Column> columns;
  for (const Point p : line) {
    const double x = std::floor(p.x);
    if (columns.empty() || columns.back().x != x) {
      Column next{x, p.y, p.y};
      if (!columns.empty()) {  // what leads there from the column before
        next.top = std::min(p.y, std::max(columns.back().top, std::min(columns.back().bottom, p.y)));
        next.bottom = std::max(p.y, std::min(columns.back().bottom, std::max(columns.back().top, p.y)));
        for (double gap = columns.back().x + 1; gap < x; ++gap)
          columns.push_back({gap, next.top, next.bottom});
      }
      columns.push_back(next);
    }
    columns.back().top = std::min(columns.back().top, p.y);
    columns.back().bottom = std::max(columns.back().bottom, p.y);
  }
  for (Column& column : columns) {
    column.top -= width / 2;
    column.bottom += width / 2;
  }
  return columns;
}

}  // namespace tauscope::gui
