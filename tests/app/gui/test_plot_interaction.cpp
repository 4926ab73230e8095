// Zooming, panning, boxes and reading values, on linear, logarithmic and reversed axes.
#include <limits>
#include <random>

#include "app/gui/plot_interaction.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

namespace {

PlotArea linear_area() {
  return {
      {100, 50, 400, 200}, AxisMap(Scale::linear, -2, 6, 100, 500), AxisMap(Scale::linear, 0, 10, 250, 50)};
}
PlotArea log_area() {
  return {
      {100, 50, 400, 200}, AxisMap(Scale::log, 0.1, 1000, 100, 500), AxisMap(Scale::log, 1e-6, 1, 250, 50)};
}
/// The area with a zoom's limits, as the layout would make it.
PlotArea with(const PlotArea& area, const PlotZoom& z) {
  const auto remade = [](const AxisMap& m, std::optional<double> low, std::optional<double> high) {
    return AxisMap(m.scale(), low.value_or(m.low()), high.value_or(m.high()), m.from(), m.to());
  };
  return {area.rect, remade(area.x, z.x_low, z.x_high), remade(area.y, z.y_low, z.y_high)};
}

}  // namespace

TEST_CASE("zooming keeps what is under the cursor", "[gui]") {
  for (const PlotArea& area : {linear_area(), log_area()})
    for (const double factor : {0.5, 0.85, 1.2, 3.0})
      for (const Point at : {Point{100, 50}, Point{260, 130}, Point{500, 250}}) {
        const PlotZoom zoom = zoomed(area, at, factor, true, true);
        const PlotArea after = with(area, zoom);
        CHECK(after.x.value(at.x) == Approx(area.x.value(at.x)).epsilon(1e-9));
        CHECK(after.y.value(at.y) == Approx(area.y.value(at.y)).epsilon(1e-9));
        // The same step on the axis is `factor` times as many units (of the exponent on a log axis).
        const auto inner = [](const AxisMap& m, double v) {
          return m.scale() == Scale::log ? std::log10(v) : v;
        };
        const double span = inner(area.x, area.x.high()) - inner(area.x, area.x.low());
        CHECK(inner(area.x, *zoom.x_high) - inner(area.x, *zoom.x_low) == Approx(factor * span));
      }
}

TEST_CASE("zooming one axis leaves the other alone", "[gui]") {
  const PlotZoom x = zoomed(linear_area(), {200, 100}, 0.5, true, false);
  CHECK(x.x_low);
  CHECK_FALSE(x.y_low);
  const PlotZoom y = zoomed(linear_area(), {200, 100}, 0.5, false, true);
  CHECK_FALSE(y.x_high);
  CHECK(y.y_high);
}

TEST_CASE("there and back again is where it began", "[gui]") {
  const PlotArea area = log_area();
  const PlotArea in = with(area, zoomed(area, {300, 100}, 0.8, true, true));
  const PlotArea out = with(in, zoomed(in, {300, 100}, 1 / 0.8, true, true));
  CHECK(out.x.low() == Approx(area.x.low()));
  CHECK(out.y.high() == Approx(area.y.high()));
}

TEST_CASE("zooming never collapses nor runs away", "[gui]") {
  for (PlotArea area : {linear_area(), log_area()})
    for (const double factor : {0.5, 2.0}) {
      PlotArea now = area;
      for (int i = 0; i < 3000; ++i)
        now = with(now, zoomed(now, {333, 111}, factor, true, true));
      CHECK(std::isfinite(now.x.low()));
      CHECK(std::isfinite(now.x.high()));
      CHECK(now.x.low() < now.x.high());
      CHECK(now.y.low() < now.y.high());
      if (area.x.scale() == Scale::log) CHECK(now.x.low() > 0);
    }
}

TEST_CASE("panning moves the data with the cursor", "[gui]") {
  for (const PlotArea& area : {linear_area(), log_area()}) {
    const PlotArea after = with(area, panned(area, 37, -21));
    for (const double x : {120.0, 300.0}) {
      CHECK(after.x.value(x + 37) == Approx(area.x.value(x)));
      CHECK(after.y.value(150 - 21) == Approx(area.y.value(150)));
    }
  }
  CHECK(panned(linear_area(), 0, 0) == PlotZoom());
  CHECK_FALSE(panned(linear_area(), 5, 0).y_low);
}

TEST_CASE("a reversed axis zooms and pans the right way", "[gui]") {
  PlotArea area = linear_area();
  area.y = AxisMap(Scale::linear, 0, 10, 50, 250);  // grows downwards
  const PlotArea after = with(area, panned(area, 0, 40));
  CHECK(after.y.value(100 + 40) == Approx(area.y.value(100)));
  const PlotZoom zoom = zoomed(area, {300, 80}, 0.5, false, true);
  CHECK(*zoom.y_low < *zoom.y_high);
  CHECK(with(area, zoom).y.value(80) == Approx(area.y.value(80)));
}

TEST_CASE("a box becomes the limits", "[gui]") {
  const PlotArea area = linear_area();
  const auto zoom = boxed(area, {400, 90}, {200, 210}, 6);  // from the upper right to the lower left
  REQUIRE(zoom);
  CHECK(*zoom->x_low == Approx(area.x.value(200)));
  CHECK(*zoom->x_high == Approx(area.x.value(400)));
  CHECK(*zoom->y_low == Approx(area.y.value(210)));
  CHECK(*zoom->y_high == Approx(area.y.value(90)));
  CHECK_FALSE(boxed(area, {200, 100}, {203, 102}, 6));
  const auto flat = boxed(area, {200, 100}, {300, 102}, 6);
  REQUIRE(flat);
  CHECK(flat->x_low);
  CHECK_FALSE(flat->y_low);
  const auto outside = boxed(area, {0, 0}, {1000, 1000}, 6);  // ends at the frame
  REQUIRE(outside);
  CHECK(*outside->x_low == Approx(-2));
  CHECK(*outside->y_high == Approx(10));
}

TEST_CASE("a place belongs to the data, an axis or nothing", "[gui]") {
  const std::vector<PlotArea> areas = {linear_area()};
  CHECK(hit(areas, {300, 100}, 40).part == PlotPart::data);
  CHECK(hit(areas, {300, 270}, 40).part == PlotPart::x_axis);
  CHECK(hit(areas, {80, 100}, 40).part == PlotPart::y_axis);
  CHECK(hit(areas, {300, 300}, 40).part == PlotPart::none);
  CHECK(hit(areas, {80, 270}, 40).part == PlotPart::none);
  CHECK(hit({}, {0, 0}, 40).part == PlotPart::none);
}

TEST_CASE("limits are merged one by one", "[gui]") {
  PlotZoom x;
  x.x_low = 1, x.x_high = 2;
  PlotZoom y;
  y.y_low = 3, y.y_high = 4;
  const PlotZoom both = merged(x, y);
  CHECK(both.x_low == 1.0);
  CHECK(both.y_high == 4.0);
}

TEST_CASE("the nearest series is read", "[gui]") {
  const PlotArea area = linear_area();
  Panel panel;
  panel.series = {{"low", look_of(0), Line{{-2, 0, 2, 4, 6}, {1, 1, 1, 1, 1}}},
                  {"high", look_of(1), Line{{-2, 0, 2, 4, 6}, {8, 8.25, 8, 8, 8}}}};
  const PlotReader reader(panel, area);
  const auto at = [&](double x, double y) { return reader.nearest({area.x.point(x), area.y.point(y)}, 60); };
  REQUIRE(at(0.1, 7.5));
  CHECK(at(0.1, 7.5)->series == "high");
  CHECK(at(0.1, 7.5)->text.substr(0, 4) == "8.25");
  CHECK(at(3.9, 1.3)->series == "low");
  CHECK_FALSE(at(3, 4.5));  // nothing near
}

TEST_CASE("a reading says where it was taken", "[gui]") {
  const PlotArea area = linear_area();
  Panel panel;
  panel.x.label = "temperature τ";
  panel.series = {{"line", look_of(0), Line{{1, 2, 4}, {3, 5, 7}}}};
  const auto read = [&](double x, double y) {
    const auto reading = PlotReader(panel, area).nearest({area.x.point(x), area.y.point(y)}, 60);
    REQUIRE(reading);
    return reading->text;
  };
  CHECK(read(2.1, 5).find(" at τ = 2.0") != std::string::npos);
  panel.series = {{"points", look_of(0), Scatter{{1, 4}, {3, 7}, {"example 5", "example 9"}}}};
  CHECK(read(4, 7).starts_with("example 9 ("));
  panel.series = {{"cells", look_of(0), HeatMap{{-0.5, 0.5, 1.5, 2.5}, {0, 4, 8}, {1, 2, 3, 4, 5, 6}}}};
  CHECK(read(1.6, 6).starts_with("6 at 2, 6"));
  CHECK(read(1.4, 6).starts_with("5 at 1, 6"));
}

TEST_CASE("a polygon holds what is inside it", "[gui]") {
  const std::vector<Point> hook = {{0, 0}, {10, 0}, {10, 10}, {6, 10}, {6, 4}, {0, 4}};
  CHECK(inside_polygon(hook, {2, 2}));
  CHECK(inside_polygon(hook, {8, 8}));
  CHECK_FALSE(inside_polygon(hook, {3, 8}));
  CHECK_FALSE(inside_polygon(hook, {11, 2}));
  CHECK_FALSE(inside_polygon({}, {1, 1}));
}

TEST_CASE("every kind of series can be read, and none of them with numbers that are none", "[gui]") {
  const double none = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const PlotArea area = linear_area();
  const std::vector<SeriesData> kinds = {
      Line{{}, {1, none, 3, inf, 5}},
      Line{{3, 1, 2}, {5, 5, 5}},
      Line{},
      Band{{0, 1, 2}, {1, none, 1}, {3, 3, inf}},
      Steps{{0, 1, 2}, {3, none}, true},
      Bars{{0, 2}, {1, 3}, {}, {4, none}},
      Bars{{0, 2}, {1, 3}, {1, 1}, {4, 5}},
      Intervals{{1, 3}, {2, none}, {1, 1}, {3, 3}, false},
      Scatter{{1, none, 3}, {2, 2, inf}},
      HeatMap{{0, 1, 2}, {0, 5, 10}, {1, 2, none, 4}, {}, ColourMap::viridis},
      Rule{1}};
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    Panel panel;
    panel.series = {{"s", look_of(0), kinds[k]}};
    const PlotReader reader(panel, area);
    int readings = 0;
    for (double x = 90; x < 520; x += 7)
      for (double y = 40; y < 260; y += 7)
        if (const auto reading = reader.nearest({x, y}, 500)) {
          ++readings;
          CHECK(std::isfinite(reading->at.x));
          CHECK(std::isfinite(reading->at.y));
          CHECK(reading->text.find("nan") == std::string::npos);
          CHECK_FALSE(reading->text.empty());
        }
    CAPTURE(k);
    CHECK((readings > 0) == (k != 2 && k != 10));
  }
}

TEST_CASE("reading a line of twenty million points takes no time", "[gui]") {
  const std::size_t n = 2'000'000;  // a tenth: the search is logarithmic
  std::vector<double> x(n), y(n, 1);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = -2 + 8.0 * static_cast<double>(i) / static_cast<double>(n);
  Panel panel;
  panel.series = {{"long", look_of(0), Line{Values(std::move(x)), Values(std::move(y))}}};
  const PlotReader reader(panel, linear_area());
  for (int i = 0; i < 20000; ++i)
    REQUIRE(reader.nearest({100.0 + 0.02 * i, 230}, 60));
}

TEST_CASE("numbers have the digits that a pixel tells apart", "[gui]") {
  CHECK(short_number(0.123456, 0.01) == "0.12");
  CHECK(short_number(-3.0, 0.5) == "−3.0");
  CHECK(short_number(1234.5, 20) == "1234");
  CHECK(short_number(-0.001, 0.1) == "0.0");
  CHECK(short_number(2.5e-7, 1e-9) == "2.50e-07");
  CHECK(short_number(std::numeric_limits<double>::quiet_NaN(), 1) == "none");
  CHECK(short_number(std::numeric_limits<double>::infinity(), 1) == "∞");
  CHECK(short_number(0, 0) == "0");
}

TEST_CASE("an axis of names reads names", "[gui]") {
  Axis axis;
  axis.ticks = {0, 1, 2};
  axis.tick_labels = {"the", "cat", "sat"};
  const AxisMap map(Scale::linear, -0.5, 2.5, 0, 300);
  CHECK(read_axis(axis, map, 40) == "the");
  CHECK(read_axis(axis, map, 160) == "cat");
  axis.tick_labels.clear();
  CHECK(read_axis(axis, map, 50) == "0.00");
}
