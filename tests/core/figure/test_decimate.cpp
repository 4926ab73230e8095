// Decimation keeps what can be seen: extremes per pixel column, gaps, ends.
#include "core/figure/decimate.h"

#include <map>
#include <random>

#include "tests/support/catch.h"

using namespace tauscope;

namespace {

struct Range {
  double low = INFINITY, high = -INFINITY;
};

std::map<int, Range> by_column(const std::vector<Point>& points, double width) {
  std::map<int, Range> out;
  for (const Point p : points) {
    Range& r = out[static_cast<int>(std::floor(p.x / width))];
    r.low = std::min(r.low, p.y);
    r.high = std::max(r.high, p.y);
  }
  return out;
}

}  // namespace

TEST_CASE("each pixel column keeps its lowest and highest point") {
  std::mt19937_64 random(1);
  std::normal_distribution<double> step;
  for (const Scale x_scale : {Scale::linear, Scale::log}) {
    std::vector<double> x, y;
    double level = 0;
    for (int i = 0; i < 50000; ++i) {
      x.push_back(1 + i * 0.37 + 0.2 * std::abs(step(random)));
      y.push_back(level += step(random));
    }
    std::sort(x.begin(), x.end());
    const AxisMap x_map(x_scale, x.front(), x.back() * 1.01, 0, 300), y_map(Scale::linear, -500, 500, 200, 0);
    const auto runs = decimate_line(x, y, x_map, y_map, 1);
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].size() <= 4 * 302);

    std::vector<Point> all;
    for (std::size_t i = 0; i < x.size(); ++i)
      all.push_back({x_map.point(x[i]), y_map.point(y[i])});
    const auto expected = by_column(all, 1), got = by_column(runs[0], 1);
    REQUIRE(got.size() == expected.size());
    int compared = 0;
    for (const auto& [column, range] : expected) {
      // A point within rounding of a column's edge may be counted in either.
      if (got.at(column).low == Approx(range.low).margin(1e-9) &&
          got.at(column).high == Approx(range.high).margin(1e-9))
        ++compared;
    }
    CHECK(compared >= static_cast<int>(expected.size()) - 2);
    CHECK(runs[0].front() == all.front());
    CHECK(runs[0].back() == all.back());
  }
}

TEST_CASE("few points stay as they are") {
  const std::vector<double> x = {0, 1, 2, 3}, y = {4, 1, 3, 2};
  const AxisMap x_map(Scale::linear, 0, 3, 0, 300), y_map(Scale::linear, 0, 4, 100, 0);
  const auto runs = decimate_line(x, y, x_map, y_map, 0.5);
  REQUIRE(runs.size() == 1);
  REQUIRE(runs[0].size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(runs[0][i] == Point{x_map.point(x[i]), y_map.point(y[i])});
}

TEST_CASE("a line breaks where a value cannot be drawn") {
  const std::vector<double> y = {1, 2, NAN, 3, INFINITY, 4, 5, -1, 6};
  const AxisMap x_map(Scale::linear, 0, 8, 0, 300);
  const auto sizes = [&](const AxisMap& y_map) {
    std::vector<std::size_t> out;
    for (const auto& run : decimate_line({}, y, x_map, y_map, 0.5))
      out.push_back(run.size());
    return out;
  };
  CHECK(sizes(AxisMap(Scale::linear, -1, 6, 100, 0)) == std::vector<std::size_t>{2, 1, 4});
  CHECK(sizes(AxisMap(Scale::log, 1, 6, 100, 0)) == std::vector<std::size_t>{2, 1, 2, 1});
}

TEST_CASE("gaps narrower than a pixel do not multiply runs") {
  std::vector<double> y(1000000);
  for (std::size_t i = 0; i < y.size(); ++i)
    y[i] = i % 2 ? NAN : static_cast<double>(i % 7);
  const AxisMap x_map(Scale::linear, 0, 1e6, 0, 100), y_map(Scale::linear, 0, 7, 50, 0);
  std::size_t points = 0;
  const auto runs = decimate_line({}, y, x_map, y_map, 1);
  for (const auto& run : runs)
    points += run.size();
  CHECK(runs.size() <= 102);
  CHECK(points <= 4 * 102);
}

TEST_CASE("a band keeps its envelope and breaks as a line does") {
  std::vector<double> x, low, high;
  for (int i = 0; i < 10000; ++i) {
    x.push_back(i);
    low.push_back(i == 5050 ? NAN : -1 - (i % 10));
    high.push_back(1 + (i % 13));
  }
  const AxisMap x_map(Scale::linear, 0, 10000, 0, 100), y_map(Scale::linear, -20, 20, 40, 0);
  const auto runs = decimate_band(x, low, high, x_map, y_map, 1);
  REQUIRE(runs.size() == 1);  // one missing point of a hundred in its column cannot be seen
  CHECK(runs[0].low.size() <= 2 * 102);
  for (const Point p : runs[0].low)
    CHECK(p.y == Approx(y_map.point(-10)).margin(1e-9));
  for (const Point p : runs[0].high)
    CHECK(p.y == Approx(y_map.point(13)).margin(1e-9));

  const std::vector<double> few = {0, 2500, 5000, 7500, 10000}, bottom = {1, 1, NAN, 1, 1},
                            top = {2, 2, 2, 2, 2};
  CHECK(decimate_band(few, bottom, top, x_map, y_map, 1).size() == 2);
}

TEST_CASE("a band that starts at zero reaches the end of a log axis") {
  const AxisMap x_map(Scale::linear, 0, 1, 0, 100), y_map(Scale::log, 0.01, 1, 100, 0);
  const std::vector<double> x = {0, 1}, low = {0, 0.1}, high = {0.5, 0.5};
  const auto runs = decimate_band(x, low, high, x_map, y_map, 1);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].low[0].y == Approx(100));
  CHECK(runs[0].low[1].y == Approx(50));
}

TEST_CASE("clipping keeps what is inside") {
  const Rect rect{0, 0, 10, 10};
  const auto parts = clip_line({{-5, 5}, {5, 5}, {5, 25}, {8, 25}, {8, 5}}, rect);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0] == std::vector<Point>{{0, 5}, {5, 5}, {5, 10}});
  CHECK(parts[1] == std::vector<Point>{{8, 10}, {8, 5}});
  const auto polygon = clip_polygon({{-5, -5}, {5, -5}, {5, 5}, {-5, 5}}, rect);
  double area = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    area += (a.x * b.y - b.x * a.y) / 2;
  }
  CHECK(std::abs(area) == Approx(25));
  CHECK(clip_polygon({{20, 20}, {30, 20}, {30, 30}}, rect).empty());
}
