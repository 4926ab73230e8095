#include "tests/app/gui/sample_figures.h"

#include <cmath>
#include <limits>

namespace tauscope::test {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

Figure curves() {
  Figure figure;
  figure.title = "Gradient norm over temperature";
  Panel panel;
  panel.title = "example";
  panel.x = {.label = "temperature τ", .scale = Scale::log};
  panel.y = {.label = "‖gradient‖", .unit = "nats", .scale = Scale::log};
  std::vector<double> x, y1, y2, y3, low, high;
  for (int i = 0; i <= 40; ++i) {
    const double tau = 0.1 * std::pow(2, i * 0.19);
    x.push_back(tau);
    y1.push_back(2 / (1 + tau * tau));
    y2.push_back(i == 15 ? none : 0.8 / (0.2 + tau));
    y3.push_back(0.05 * tau);
    low.push_back(y1.back() * 0.5);
    high.push_back(y1.back() * 1.8);
  }
  panel.series = {{"forward KL", look_of(0), Band{x, low, high}},
                  {"forward KL", look_of(0), Line{x, y1}},
                  {"reverse KL", look_of(1), Line{x, y2, true}},
                  {"ratio", look_of(2), Line{x, y3}},
                  {"", Look{.slot = Look::neutral}, Rule{1, true, "τ = 1"}}};
  figure.panels = {panel};
  return figure;
}

Figure bars() {
  Figure figure;
  figure.title = "Gradients by token";
  figure.columns = 2;
  Panel panel;
  panel.title = "by rank";
  panel.y = {.label = "gradient", .include_zero = true};
  std::vector<double> low, high, up, down;
  for (int i = 0; i < 12; ++i) {
    panel.x.ticks.push_back(i);
    panel.x.tick_labels.push_back("tok" + std::to_string(i));
    low.push_back(i - 0.4);
    high.push_back(i + 0.4);
    up.push_back(std::exp(-0.4 * i));
    down.push_back(-0.5 * std::exp(-0.3 * i));
  }
  panel.series = stack({"dominant", "rest"}, low, high, {up, down});
  Panel second;
  second.x = {.label = "log probability"};
  second.y = {.label = "mass"};
  second.series = {{"teacher", look_of(0), Steps{{-5, -4, -3, -2, -1, 0}, {0.1, 0.2, 0.4, 0.2, 0.1}, true}},
                   {"student", look_of(1), Steps{{-5, -4, -3, -2, -1, 0}, {0.3, 0.1, 0.2, 0.3, 0.1}, false}},
                   {"mean", look_of(2), Intervals{{-3.5, -1.5}, {0.2, 0.3}, {0.1, 0.2}, {0.3, 0.45}, false}}};
  figure.panels = {panel, second};
  return figure;
}

Figure map_and_cloud() {
  Figure figure;
  figure.title = "Positions";
  figure.columns = 2;
  Panel panel;
  panel.x = {.label = "position"};
  panel.y = {.label = "temperature τ", .scale = Scale::log};
  HeatMap map;
  std::vector<double> xs, ys, cells;
  for (int i = 0; i <= 30; ++i)
    xs.push_back(i - 0.5);
  for (int i = 0; i <= 12; ++i)
    ys.push_back(0.1 * std::pow(2, i * 0.6));
  for (int r = 0; r < 12; ++r)
    for (int c = 0; c < 30; ++c)
      cells.push_back(r == 3 && c == 4 ? none : std::sin(0.3 * c) * std::cos(0.4 * r));
  map.x_edges = xs, map.y_edges = ys, map.cells = cells;
  map.colour = {.label = "share"};
  panel.series = {{"", {}, map}};
  Panel second;
  second.x = {.label = "A"}, second.y = {.label = "B"};
  for (int slot = 0; slot < 6; ++slot) {
    std::vector<double> x, y;
    for (int i = 0; i < 20; ++i) {
      x.push_back(std::sin(1.7 * i + slot) + 0.3 * slot);
      y.push_back(std::cos(2.3 * i * (1 + 0.1 * slot)));
    }
    second.series.push_back({"cloud " + std::to_string(slot), look_of(slot), Scatter{x, y}});
  }
  figure.panels = {panel, second};
  return figure;
}

Figure looks() {
  Figure figure;
  figure.title = "Looks";
  Panel panel;
  panel.x = {.label = "x"}, panel.y = {.label = "y"};
  for (int slot = 0; slot < 7; ++slot) {
    std::vector<double> x, y;
    for (int i = 0; i <= 60; ++i) {
      x.push_back(i);
      y.push_back(slot + 0.4 * std::sin(0.2 * i + slot));
    }
    panel.series.push_back({"series " + std::to_string(slot), look_of(slot), Line{x, y, slot % 2 == 1}});
  }
  figure.panels = {panel};
  return figure;
}

}  // namespace

std::vector<Figure> sample_figures() {
  return {curves(), bars(), map_and_cloud(), looks()};
}

Figure long_line(std::size_t n) {
  std::vector<double> y(n);
  std::uint64_t state = 1;
  for (std::size_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    y[i] = std::sin(20.0 * static_cast<double>(i) / static_cast<double>(n)) +
           static_cast<double>(state >> 40) / static_cast<double>(1 << 24);
  }
  Figure figure;
  figure.title = "long";
  Panel panel;
  panel.x = {.label = "step"}, panel.y = {.label = "loss"};
  panel.series = {{"loss", look_of(0), Line{{}, Values(std::move(y))}}};
  figure.panels = {panel};
  return figure;
}

}  // namespace tauscope::test
