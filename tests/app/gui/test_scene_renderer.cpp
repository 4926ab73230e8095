// Vertices: every primitive draws, nothing that is no number gets through, long series cost what short ones
// do.
#include <chrono>
#include <limits>

#include "app/gui/scene_mesh.h"
#include "core/figure/layout.h"
#include "tests/app/gui/headless_gui.h"
#include "tests/app/gui/sample_figures.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;
using tauscope::test::HeadlessGui;

namespace {

double area_of(const std::vector<Slab>& slabs) {
  double area = 0;
  for (const Slab& s : slabs)
    area += (s.x1 - s.x0) * (s.bottom0 + s.bottom1 - s.top0 - s.top1) / 2;
  return area;
}

int vertices(HeadlessGui& gui, const Scene& scene) {
  int count = 0;
  const ImDrawData& data = gui.frame([&] {
    ImDrawList& out = *ImGui::GetWindowDrawList();
    const int before = out.VtxBuffer.Size;
    gui.renderer.draw(scene, out, 3.4f, 5.6f);
    count = out.VtxBuffer.Size - before;
  });
  CHECK(tauscope::test::all_sound(data));
  return count;
}

}  // namespace

TEST_CASE("areas of any shape are filled", "[gui]") {
  CHECK(area_of(slabs_of({{0, 0}, {10, 0}, {10, 5}, {0, 5}})) == Approx(50));
  CHECK(area_of(slabs_of({{0, 0}, {0, 5}, {10, 5}, {10, 0}})) == Approx(50));  // the other way round
  // An L, and a U whose arms lie over each other in x.
  CHECK(area_of(slabs_of({{0, 0}, {2, 0}, {2, 8}, {6, 8}, {6, 10}, {0, 10}})) == Approx(20 + 8));
  CHECK(area_of(slabs_of({{0, 0}, {10, 0}, {10, 2}, {2, 2}, {2, 8}, {10, 8}, {10, 10}, {0, 10}})) ==
        Approx(20 + 20 + 12));
  CHECK(slabs_of({}).empty());
  CHECK(slabs_of({{1, 1}}).empty());
  CHECK(slabs_of({{1, 1}, {1, 5}, {1, 3}}).empty());  // no width
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const Slab& s : slabs_of({{0, 0}, {none, 3}, {10, 5}, {0, 5}}))
    CHECK(std::isfinite(s.x0 + s.x1 + s.top0 + s.top1 + s.bottom0 + s.bottom1));
}

TEST_CASE("a band's area is that between its edges", "[gui]") {
  std::vector<Point> outline;
  double expected = 0;
  for (int i = 0; i <= 300; ++i)
    outline.push_back({i * 1.0, 50 + 20 * std::sin(0.1 * i)});
  for (int i = 300; i >= 0; --i)
    outline.push_back({i * 1.0, 80 + 10 * std::cos(0.07 * i)});
  for (int i = 0; i < 300; ++i)
    for (const int j : {i, i + 1})
      expected += (80 + 10 * std::cos(0.07 * j) - 50 - 20 * std::sin(0.1 * j)) / 2;
  CHECK(area_of(slabs_of(outline)) == Approx(expected));
}

TEST_CASE("dashes run around corners and add up", "[gui]") {
  const std::vector<double> pattern = {4, 2};
  const auto dashes = dashes_of({{0, 0}, {5, 0}, {5, 7}}, pattern);
  REQUIRE(dashes.size() == 2);  // 12 long: on 4, off 2, on 4 (around the corner at 5 … no: 6 to 10), off 2
  CHECK(dashes[0] == std::vector<Point>{{0, 0}, {4, 0}});
  CHECK(dashes[1] == std::vector<Point>{{5, 1}, {5, 5}});
  const auto around = dashes_of({{0, 0}, {3, 0}, {3, 9}}, pattern);
  CHECK(around[0] == std::vector<Point>{{0, 0}, {3, 0}, {3, 1}});
  CHECK(dashes_of({{0, 0}, {5, 0}}, {}).size() == 1);
  std::vector<Point> scribble;
  for (int i = 0; i < 5000; ++i)
    scribble.push_back({i * 0.1, i % 2 * 200.0});
  CHECK(dashes_of(scribble, pattern).size() == 1);
}

TEST_CASE("lines are cut where they turn back and where they are no numbers", "[gui]") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  CHECK(smooth_runs({{0, 0}, {10, 0}, {none, 5}, {20, 0}, {30, 0}}, 1).size() == 2);
  const auto spike = smooth_runs({{0, 0}, {10, 100}, {20, 0}}, 1);
  REQUIRE(spike.size() == 2);
  CHECK(spike[0].back().y > 100);  // reaches over the corner, so that it stays whole
  CHECK(smooth_runs({{0, 0}, {10, 1}, {20, 0}}, 1).size() == 1);
  CHECK(smooth_runs({{0, 0}, {0, 0}}, 1).empty());
}

TEST_CASE("a dense line is what it covers of each pixel column", "[gui]") {
  std::vector<Point> line;
  for (int i = 0; i < 100;
       ++i) {  // four points a column, between 10 and 30; from column 50 on between 40 and 50
    const double low = i < 50 ? 10 : 40, high = i < 50 ? 30 : 50;
    for (const double y : {low, high, low + 1, high - 1})
      line.push_back({i + 0.2, y});
  }
  const auto columns = columns_of(line, 2);
  REQUIRE(columns.size() == 100);
  CHECK(columns[3].x == 3);
  CHECK(columns[3].top == 9);
  CHECK(columns[3].bottom == 31);
  CHECK(columns[50].top == 29);  // meets the column before: the line does not break
  CHECK(columns[50].bottom == 51);
  CHECK(columns[51].top == 39);
  CHECK(columns_of({{0, 0}, {100, 5}}, 2).empty());
  line[7].x = 0;  // goes back
  CHECK(columns_of(line, 2).empty());
  line[7].x = std::numeric_limits<double>::quiet_NaN();
  CHECK(columns_of(line, 2).empty());
}

TEST_CASE("every sample draws sound vertices at every scale", "[gui]") {
  for (const float scale : {0.75f, 1.f, 1.5f, 2.f}) {
    HeadlessGui gui(800, 600, scale);
    gui.frame([] {});
    for (const Figure& figure : tauscope::test::sample_figures()) {
      const Scene scene = layout(figure, {700, 400}, gui.renderer.metrics(), gui.theme.figure);
      CHECK(vertices(gui, scene) > 200);
    }
  }
}

TEST_CASE("primitives that are no numbers, empty or endless draw nothing wrong", "[gui]") {
  HeadlessGui gui;
  gui.frame([] {});
  const double none = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const double bad : {none, inf, -inf, 1e300}) {
    Scene scene;
    scene.add(Polyline{{{0, 0}, {bad, 5}, {7, bad}, {9, 9}}, {{255, 0, 0, 255}, 2, {4, 2}}});
    scene.add(Polyline{{{bad, 0}, {bad, 5}}, {{255, 0, 0, 255}, 0.2, {}}});
    scene.add(Polyline{{{1, 1}}, {}});
    scene.add(Polygon{{{0, 0}, {bad, 5}, {7, 7}}, {0, 255, 0, 255}});
    scene.add(Polygon{});
    scene.add(Box{{bad, 0, 5, 5}, {0, 0, 255, 255}});
    scene.add(Box{{0, 0, bad, 5}, {0, 0, 255, 255}});
    scene.add(Markers{{{bad, 1}, {1, 1}}, Marker::diamond, 6, {255, 255, 255, 255}});
    scene.add(Text{{bad, 1}, "text", 12, {255, 255, 255, 255}});
    scene.add(Image{});
    scene.add(ClipBegin{{0, 0, 10, 10}});  // never ended
    const ImDrawData& data = gui.frame([&] {
      ImDrawList& out = *ImGui::GetWindowDrawList();
      const int clips = out._ClipRectStack.Size;
      gui.renderer.draw(scene, out, 0, 0);
      CHECK(out._ClipRectStack.Size == clips);
    });
    for (int l = 0; l < data.CmdListsCount; ++l)
      for (const ImDrawVert& v : data.CmdLists[l]->VtxBuffer) {
        CHECK(std::isfinite(v.pos.x));
        CHECK(std::isfinite(v.pos.y));
      }
  }
}

TEST_CASE("twenty million points draw as few vertices as a thousand", "[gui]") {
  HeadlessGui gui(1440, 900);
  gui.frame([] {});
  const auto scene_of = [&](const Figure& figure) {
    return layout(figure, {900, 400}, gui.renderer.metrics(), gui.theme.figure);
  };
  const int few = vertices(gui, scene_of(tauscope::test::long_line(1000)));
  const int many = vertices(gui, scene_of(tauscope::test::long_line(20'000'000)));
  CHECK(many < 4 * few);
}

TEST_CASE("more vertices than sixteen bits count are drawn whole", "[gui]") {
  HeadlessGui gui;
  gui.frame([] {});
  Scene scene;
  std::vector<Point> points;
  for (int i = 0; i < 40000; ++i)
    points.push_back({1.3 * i, 100 + 50 * std::sin(0.001 * i)});
  scene.add(Polyline{points, {{255, 0, 0, 255}, 1.6, {}}});
  CHECK(vertices(gui, scene) > 65536);
}

TEST_CASE("pictures without textures are rectangles of each colour", "[gui]") {
  HeadlessGui gui;
  gui.frame([] {});
  std::vector<Colour> pixels(100 * 80, Colour{10, 20, 30, 255});
  Scene scene;
  scene.add(Image{{0, 0, 100, 80}, 100, 80, std::make_shared<const std::vector<Colour>>(pixels)});
  CHECK(vertices(gui, scene) == 4);
}
