// Limits, ticks and the map between values and points.
#include <set>

#include "core/figure/limits.h"
#include "core/figure/ticks.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::FixedMetrics;

namespace {

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> out;
  for (const Tick& tick : ticks)
    if (!tick.label.empty()) out.push_back(tick.label);
  return out;
}

std::vector<Tick> ticks_of(Scale scale, double low, double high, double length, bool vertical = false) {
  Axis axis;
  axis.scale = scale;
  const AxisMap map(scale, low, high, vertical ? length : 0, vertical ? 0 : length);
  return choose_ticks(axis, map, vertical, Style::light(), FixedMetrics());
}

}  // namespace

TEST_CASE("axis maps go there and back, reversed and by logarithm") {
  for (const Scale scale : {Scale::linear, Scale::log})
    for (const auto& [from, to] : {std::pair{10.0, 210.0}, {210.0, 10.0}}) {
      const AxisMap map(scale, 0.5, 80, from, to);
      CHECK(map.point(0.5) == Approx(from));
      CHECK(map.point(80) == Approx(to));
      for (const double value : {0.5, 0.7, 3.0, 80.0})
        CHECK(map.value(map.point(value)) == Approx(value));
    }
  const AxisMap log(Scale::log, 1, 100, 0, 2);
  CHECK(log.point(10) == Approx(1));
  CHECK_FALSE(log.drawable(0));
  CHECK_FALSE(log.drawable(-1));
  CHECK_FALSE(log.drawable(NAN));
}

TEST_CASE("linear ticks are multiples of 1, 2 or 5 inside the limits and never touch") {
  for (const double low : {-3.7, 0.0, 0.9991, 1e-7, 123456.0, -1e12})
    for (const double span : {1e-6, 0.013, 1.0, 7.3, 4096.0, 3e9})
      for (const double length : {30.0, 80.0, 200.0, 500.0})
        for (const bool vertical : {false, true}) {
          if (span < 1e-6 * std::abs(low)) continue;  // limits never come that close
          INFO(low << " + " << span << " on " << length << (vertical ? " vertically" : ""));
          const auto ticks = ticks_of(Scale::linear, low, low + span, length, vertical);
          std::set<std::string> seen;
          for (const Tick& tick : ticks) {
            CHECK(tick.value >= low - 1e-8 * span);
            CHECK(tick.value <= low + span * (1 + 1e-8));
            if (!tick.label.empty()) CHECK(seen.insert(tick.label).second);
          }
          if (length >= 200) CHECK(seen.size() >= 2);
          for (std::size_t i = 0; i + 1 < ticks.size(); ++i) {
            if (ticks[i].label.empty() || ticks[i + 1].label.empty()) continue;
            const FixedMetrics m;
            const auto a = m.measure(ticks[i].label, 7, false), b = m.measure(ticks[i + 1].label, 7, false);
            const double needed = vertical ? (a.height() + b.height()) / 2 : (a.width + b.width) / 2;
            CHECK(std::abs(ticks[i].point - ticks[i + 1].point) >= needed);
          }
        }
  CHECK(labels(ticks_of(Scale::linear, 0, 1, 200)) ==
        std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1.0"});
}

TEST_CASE("log ticks: decades, fewer where they are many, finer where they are few") {
  CHECK(labels(ticks_of(Scale::log, 1e-6, 1, 250)) ==
        std::vector<std::string>{"10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"});
  CHECK(labels(ticks_of(Scale::log, 0.1, 100, 200)) == std::vector<std::string>{"0.1", "1", "10", "100"});
  for (const double high : {1.0005, 1.3, 2.4, 7.0, 30.0, 1e4, 1e30, 1e280})
    for (const double low : {1.0, 1.7, 0.83, 4e-9})
      for (const double length : {60.0, 120.0, 400.0}) {
        INFO(low << " times " << high << " on " << length);
        const auto ticks = ticks_of(Scale::log, low, low * high, length);
        CHECK(labels(ticks).size() >= (length >= 120 ? 2U : 1U));
        CHECK(labels(ticks).size() <= 16);
        std::vector<Tick> shown;
        for (const Tick& tick : ticks) {
          CHECK(tick.point >= -1e-6);
          CHECK(tick.point <= length + 1e-6);
          if (!tick.label.empty()) shown.push_back(tick);
        }
        for (std::size_t i = 0; i + 1 < shown.size(); ++i) {
          const FixedMetrics m;
          const double needed =
              (m.measure(shown[i].label, 7, false).width + m.measure(shown[i + 1].label, 7, false).width) / 2;
          CHECK(std::abs(shown[i + 1].point - shown[i].point) >= needed);
          CHECK(shown[i].label != shown[i + 1].label);
        }
      }
}

TEST_CASE("a temperature axis shows the temperatures of the analysis") {
  Axis axis;
  axis.scale = Scale::log;
  axis.ticks = {0.5, 1, 2, 4, 8};
  const AxisMap map(Scale::log, 0.45, 9, 0, 180);
  CHECK(labels(choose_ticks(axis, map, false, Style::light(), FixedMetrics())) ==
        std::vector<std::string>{"0.5", "1", "2", "4", "8"});

  axis.ticks.clear();
  for (int i = 0; i < 9; ++i)
    axis.ticks.push_back(0.5 * std::pow(2.0, i / 2.0));
  CHECK(labels(choose_ticks(axis, map, false, Style::light(), FixedMetrics())) ==
        std::vector<std::string>{"0.5", "1", "2", "4", "8"});

  axis.ticks.clear();
  for (int i = 0; i < 40; ++i)
    axis.ticks.push_back(0.5 * std::pow(16.0, i / 39.0));
  const auto many = choose_ticks(axis, map, false, Style::light(), FixedMetrics());
  CHECK(many.size() == 40);  // every temperature has its mark
  CHECK(labels(many).size() < 12);
  CHECK(labels(many).front() == "0.5");
}

TEST_CASE("of names in a row some are left out, the first and the last never") {
  Axis axis;
  axis.turned = true;
  const int count = GENERATE(1, 2, 24, 25, 26, 27, 100);
  for (int i = 0; i < count; ++i) {
    axis.ticks.push_back(i);
    axis.tick_labels.push_back("name " + std::to_string(i));
  }
  const AxisMap map(Scale::linear, -0.7, count - 0.3, 0, 180);
  const auto ticks = choose_ticks(axis, map, false, Style::light(), FixedMetrics());
  CHECK(static_cast<int>(ticks.size()) == count);
  const auto named = labels(ticks);
  CHECK(named.front() == "name 0");
  CHECK(named.back() == "name " + std::to_string(count - 1));
  CHECK(named.size() <= 24);
}

TEST_CASE("limits hold the data, and stay usable whatever the data are") {
  const auto limits_for = [](std::vector<double> y, Scale scale, bool zero = false) {
    Panel panel;
    panel.y.scale = scale;
    panel.y.include_zero = zero;
    panel.series = {{"", {}, Line{{}, std::move(y)}}};
    Figure figure;
    figure.panels = {panel};
    return limits_of(figure)[0].y;
  };
  const double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  for (const Scale scale : {Scale::linear, Scale::log})
    for (const auto& y : std::vector<std::vector<double>>{{},
                                                          {NAN},
                                                          {INFINITY, -INFINITY},
                                                          {0},
                                                          {1},
                                                          {-5, 5},
                                                          {1, 1 + 1e-15},
                                                          {tiny, huge},
                                                          {-huge, huge},
                                                          {1e-300}}) {
      const Limits limits = limits_for(y, scale);
      INFO(limits.low << " to " << limits.high);
      CHECK(limits.low < limits.high);
      CHECK(std::isfinite(limits.high - limits.low));
      if (scale == Scale::log) CHECK(limits.low > 0);
      const AxisMap map(scale, limits.low, limits.high, 0, 100);
      CHECK(std::isfinite(map.point(limits.high)));
    }
  CHECK(limits_for({2, 8}, Scale::linear).low < 2);
  CHECK(limits_for({2, 8}, Scale::linear).high > 8);
  CHECK(limits_for({2, 8}, Scale::linear, true).low == 0);
  CHECK(limits_for({1, 100, -3, NAN}, Scale::log).low > 0.5);
}

TEST_CASE("shared limits are those of all panels") {
  Figure figure = test::tau_figure();
  figure.panels.push_back(figure.panels[0]);
  figure.panels[1].series = {{"", {}, Line{{0.1, 30}, {5, 6}}}};
  figure.share_x = figure.share_y = true;
  const auto limits = limits_of(figure);
  CHECK(limits[0].x.low == limits[1].x.low);
  CHECK(limits[0].x.low < 0.1);
  CHECK(limits[0].y.high == limits[1].y.high);
  CHECK(limits[0].y.high > 6);
}
