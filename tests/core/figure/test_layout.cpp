// Whole layouts: text is tidy, data stay inside, long series stay small, legends cover nothing.
#include "core/figure/layout.h"

#include <ctime>
#include <numeric>

#include "core/base/error.h"
#include "core/figure/cairo_renderer.h"
#include "core/figure/legend.h"
#include "core/figure/limits.h"
#include "core/figure/ticks.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

Figure grid_of(std::size_t panels, int columns) {
  Figure figure = tau_figure(Scale::log);
  figure.panels.resize(panels, figure.panels[0]);
  for (std::size_t p = 0; p < panels; ++p)
    figure.panels[p].title = "panel " + std::to_string(p);
  figure.columns = columns;
  figure.share_x = figure.share_y = true;
  return figure;
}

Figure heat_figure() {
  std::vector<double> x(41), y = {0.35, 0.7, 1.4, 2.8, 5.7}, cells(40 * 4);
  std::iota(x.begin(), x.end(), -0.5);
  std::iota(cells.begin(), cells.end(), 0);
  cells[7] = NAN;
  Panel panel;
  panel.x = {"position", "tokens"};
  panel.y = {"temperature τ"};
  panel.y.scale = Scale::log;
  HeatMap map{x, y, cells};
  map.colour = {"share of a quantity with a very long name that has to be broken"};
  panel.series = {{"", {}, map}};
  Figure figure;
  figure.panels = {panel};
  return figure;
}

void require_inside(const Scene& scene) {
  for (const PlotArea& area : scene.areas) {
    CHECK(area.rect.x >= 0);
    CHECK(area.rect.right() <= scene.size.width);
    CHECK(area.rect.y >= 0);
    CHECK(area.rect.bottom() <= scene.size.height);
  }
}

}  // namespace

TEST_CASE("text never overlaps and never leaves the page") {
  const FixedMetrics fixed;
  const PangoTextMetrics pango;
  for (const TextMetrics* metrics :
       {static_cast<const TextMetrics*>(&fixed), static_cast<const TextMetrics*>(&pango)})
    for (const Size size : {Size{single_column, 150}, Size{double_column, 300}, Size{400, 700}})
      for (const Style& style : {Style::light(), Style::dark_page()})
        for (const Figure& figure :
             {tau_figure(), tau_figure(Scale::log), grid_of(5, 3), grid_of(2, 2), heat_figure()}) {
          if (figure.panels.size() > 2 && size.width < 400) continue;
          const Scene scene = layout(figure, size, *metrics, style);
          INFO(figure.panels.size() << " panels on " << size.width << " x " << size.height);
          require_tidy_text(scene, *metrics);
          require_inside(scene);
          CHECK(scene.areas.size() == figure.panels.size());
        }
}

TEST_CASE("long and hostile labels are wrapped, shortened and made harmless") {
  const PangoTextMetrics metrics;
  Figure figure = tau_figure();
  figure.panels[0].title =
      "a/very/long/path/of/a/student/checkpoint/that/nobody/wanted/to/see/in/full and some words after it";
  figure.panels[0].y.label = std::string(400, 'x');
  figure.panels[0].series[2].name = "\xff\xfe broken\nname \xE2\x80\xAE turned " + std::string(300, 'W');
  const Scene scene = layout(figure, {single_column, 170}, metrics, Style::light());
  require_tidy_text(scene, metrics);
  bool shown = false;
  for (const Text* text : all_of<Text>(scene)) {
    CHECK(text->text.find('\n') == std::string::npos);
    CHECK(text->text.find("\xE2\x80\xAE") == std::string::npos);
    shown = shown || text->text.find("<0xFF>") != std::string::npos;
  }
  CHECK(shown);
}

TEST_CASE("panels of a grid are equally large and aligned") {
  const FixedMetrics metrics;
  const Scene scene = layout(grid_of(6, 3), {double_column, 300}, metrics, Style::light());
  for (std::size_t p = 0; p < 6; ++p) {
    CHECK(scene.areas[p].rect.width == Approx(scene.areas[0].rect.width));
    CHECK(scene.areas[p].rect.height == Approx(scene.areas[0].rect.height));
    CHECK(scene.areas[p].rect.x == Approx(scene.areas[p % 3].rect.x));
    CHECK(scene.areas[p].rect.y == Approx(scene.areas[p / 3 * 3].rect.y));
  }
  // Shared axes: three numbers at the left times two rows, temperatures below the last row only.
  int eights = 0;
  for (const Text* text : all_of<Text>(scene))
    eights += text->text == "8" ? 1 : 0;
  CHECK(eights == 3);
}

TEST_CASE("twenty million points are laid out within a second, into a small scene") {
  std::vector<double> y(20'000'000);
  std::uint32_t state = 1;
  double level = 0;
  for (double& v : y) {
    state = state * 1664525U + 1013904223U;
    v = level += state / 4294967296.0 - 0.5;
  }
  for (std::size_t i = 7'000'000; i < 8'000'000; ++i)
    y[i] = NAN;
  Panel panel;
  panel.x = {"step"};
  panel.y = {"loss"};
  panel.series = {{"", look_of(0), Line{{}, std::move(y)}}};
  Figure figure;
  figure.panels = {panel};
  const FixedMetrics metrics;
  const std::clock_t start = std::clock();  // of the processor: the machine may be busy with something else
  const Scene scene = layout(figure, {double_column, 200}, metrics, Style::light());
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(seconds < 10);
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(seconds < 1.0);
#endif
  std::size_t points = 0, runs = 0;
  for (const Polyline* line : all_of<Polyline>(scene)) {
    points += line->points.size();
    runs += line->stroke.colour == Style::light().colour_of(look_of(0)) ? 1 : 0;
  }
  CHECK(points < 4 * 2 * double_column + 200);
  CHECK(runs == 2);
  CHECK(scene.primitives.size() < 200);
  CHECK(render(scene, ImageFormat::svg).size() < 300'000);
}

TEST_CASE("a million scattered points and a million bars stay small") {
  std::vector<double> x, y, low, high;
  std::uint32_t state = 7;
  for (int i = 0; i < 1'000'000; ++i) {
    state = state * 1664525U + 1013904223U;
    x.push_back(state >> 8);
    state = state * 1664525U + 1013904223U;
    y.push_back(state >> 8);
    low.push_back(i);
    high.push_back(i + 0.9);
  }
  const FixedMetrics metrics;
  Figure scatter, bars;
  scatter.panels = {Panel{"", {"a"}, {"b"}, {{"", look_of(0), Scatter{x, y}}}}};
  bars.panels = {Panel{"", {"a"}, {"b"}, {{"", look_of(0), Bars{low, high, {}, y}}}}};
  for (const Figure& figure : {scatter, bars}) {
    const Scene scene = layout(figure, {single_column, 160}, metrics, Style::light());
    CHECK(scene.primitives.size() < 1000);
    CHECK(render(scene, ImageFormat::svg).size() < 300'000);
  }
}

TEST_CASE("bands of one meaning have one entry of the legend, behind the names") {
  Figure figure = tau_figure(Scale::log);
  CHECK(legend_entries(figure.panels).size() == 2);
  std::get<Band>(figure.panels[0].series[0].data).meaning = "quartiles";
  figure.panels.push_back(figure.panels[0]);
  const auto entries = legend_entries(figure.panels);
  REQUIRE(entries.size() == 3);
  CHECK(entries[2].name == "quartiles");
  CHECK(entries[2].look.slot == Look::neutral);
  CHECK((entries[2].area && !entries[2].line));
}

TEST_CASE("the legend covers no data, and moves below where there is no room") {
  const FixedMetrics metrics;
  const auto legend_boxes = [&](const Scene& scene) {
    std::vector<Rect> out;
    for (const Text* text : all_of<Text>(scene))
      if (text->text == "forward KL" || text->text == "reverse KL") out.push_back(bounds(*text, metrics));
    return out;
  };
  const Scene roomy = layout(tau_figure(), {single_column, 170}, metrics, Style::light());
  REQUIRE(legend_boxes(roomy).size() == 2);
  for (const Rect& box : legend_boxes(roomy)) {
    CHECK(box.bottom() < roomy.areas[0].rect.bottom());
    for (const Polyline* line : all_of<Polyline>(roomy))
      if (line->points.size() == 5 && line->stroke.width > 1)
        for (std::size_t i = 0; i + 1 < line->points.size(); ++i)
          CHECK(clip_line({line->points[i], line->points[i + 1]}, box).empty());
  }

  Figure full = tau_figure();
  std::vector<double> x, y;
  for (int i = 0; i < 400; ++i) {
    x.push_back(0.5 + 7.5 * i / 399);
    y.push_back(1.6 * (i % 2));
  }
  full.panels[0].series[2].data = Line{x, y};
  const Scene crowded = layout(full, {single_column, 170}, metrics, Style::light());
  REQUIRE(legend_boxes(crowded).size() == 2);
  for (const Rect& box : legend_boxes(crowded))
    CHECK(box.y > crowded.areas[0].rect.bottom());
}

TEST_CASE("series are told apart without colour") {
  const Style style = Style::light();
  for (int a = 0; a < 6; ++a)
    for (int b = a + 1; b < 6; ++b) {
      CHECK_FALSE(style.colour_of(look_of(a)) == style.colour_of(look_of(b)));
      const bool differ = look_of(a).dash != look_of(b).dash || look_of(a).marker != look_of(b).marker;
      CHECK(differ);
    }
  double last = -1;
  for (std::size_t i = 0; i < 8; ++i) {  // an order reads as an order in grey too
    const Colour c = style.colour_of(look_in_order(i, 8));
    const double luminance = 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b;
    CHECK(luminance > last);
    last = luminance;
  }
}

TEST_CASE("colour maps have their published ends") {
  CHECK(sample(ColourMap::viridis, 0) == Colour{0x44, 0x01, 0x54});
  CHECK(sample(ColourMap::viridis, 1) == Colour{0xfd, 0xe7, 0x25});
  CHECK(sample(ColourMap::cividis, 0) == Colour{0x00, 0x22, 0x4e});
  CHECK(sample(ColourMap::cividis, 1) == Colour{0xfe, 0xe8, 0x38});
  CHECK(sample(ColourMap::cividis, NAN) == sample(ColourMap::cividis, 0));
}

TEST_CASE("heat maps show each cell where it is, gaps as no data") {
  const FixedMetrics metrics;
  const Style style = Style::light();
  const Figure figure = heat_figure();
  const Scene scene = layout(figure, {double_column, 160}, metrics, style);
  const auto images = all_of<Image>(scene);
  REQUIRE(images.size() == 2);  // cells and colour bar
  const Image& image = *images[0];
  const PlotArea& area = scene.areas[0];
  const auto& map = std::get<HeatMap>(figure.panels[0].series[0].data);
  for (const std::size_t cell : {0UL, 7UL, 39UL, 40UL, 95UL, 159UL}) {
    const double x = area.x.point((map.x_edges[cell % 40] + map.x_edges[cell % 40 + 1]) / 2);
    const double y = area.y.point(std::sqrt(map.y_edges[cell / 40] * map.y_edges[cell / 40 + 1]));
    const auto px = static_cast<std::size_t>((x - image.rect.x) / image.rect.width * image.width);
    const auto py = static_cast<std::size_t>((y - image.rect.y) / image.rect.height * image.height);
    const Colour got = (*image.pixels)[py * static_cast<std::size_t>(image.width) + px];
    const Colour expected =
        cell == 7 ? style.no_data : sample(ColourMap::cividis, static_cast<double>(cell) / 159);
    INFO("cell " << cell);
    CHECK(std::abs(got.r - expected.r) + std::abs(got.g - expected.g) + std::abs(got.b - expected.b) <= 3);
  }
}

TEST_CASE("a heat map with more cells than pixels shows means") {
  std::vector<double> x(100001), cells(100000);
  std::iota(x.begin(), x.end(), 0);
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i] = i % 2;
  HeatMap map{x, {0, 1}, cells};
  Figure figure;
  figure.panels = {Panel{"", {}, {}, {{"", {}, map}}}};
  const Scene scene = layout(figure, {300, 100}, FixedMetrics(), Style::light());
  const Image& image = *all_of<Image>(scene)[0];
  const Colour middle = sample(ColourMap::cividis, 0.5);
  for (const Colour c : *image.pixels)
    CHECK(std::abs(c.r - middle.r) + std::abs(c.g - middle.g) <= 4);
}

TEST_CASE("stacked bars add up, positive upwards and negative downwards") {
  const auto series = stack({"a", "b", "c"}, {0, 1}, {1, 2}, {{1, -1}, {2, -3}, {-4, 5}});
  const auto& b = std::get<Bars>(series[1].data);
  const auto& c = std::get<Bars>(series[2].data);
  CHECK(b.base == Values{1, -1});
  CHECK(b.top == Values{3, -4});
  CHECK(c.base == Values{0, 0});
  CHECK(c.top == Values{-4, 5});
}

TEST_CASE("figures that cannot be drawn are refused with a reason") {
  const FixedMetrics metrics;
  Figure figure = tau_figure();
  figure.panels[0].series[0].data = Band{{1, 2}, {1}, {1, 2}};
  CHECK_THROWS_AS(layout(figure, {200, 200}, metrics, Style::light()), Error);
  CHECK_THROWS_AS(layout(Figure{}, {200, 200}, metrics, Style::light()), Error);
  CHECK_THROWS_AS(layout(tau_figure(), {20, 20}, metrics, Style::light()), Error);
}

TEST_CASE("figures without any finite value are drawn empty") {
  Figure figure = tau_figure(Scale::log);
  for (Series& series : figure.panels[0].series)
    series.data = Line{{NAN, 1, 2}, {1, NAN, -INFINITY}, true};
  const FixedMetrics metrics;
  const Scene scene = layout(figure, {single_column, 150}, metrics, Style::light());
  require_tidy_text(scene, metrics);
  CHECK(all_of<Markers>(scene).size() == 2);  // those of the legend
}
