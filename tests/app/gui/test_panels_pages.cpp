// The pages of Explore and Compare: how one turns to them, and what the mouse does on their plots.
#include <imgui.h>

#include <algorithm>

#include "app/session/view_tables.h"
#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;
using gui::Key;

namespace {

/// Compare's examples, with a point for each.
void open_scatter(test::PanelsWindow& window) {
  window.open();
  window.session().apply(ReadAnalysis{"/nowhere/analysis"});
  window.wait_idle();
  window.session().apply(SetTab{Tab::compare});
  window.session().apply(SetCompareView{CompareView::examples});
  window.wait_idle();
  window.frames(5);
  REQUIRE_FALSE(compare_points(window.session()).empty());
}

void drag(test::PanelsWindow& window, const std::vector<ImVec2>& way) {
  window.move_mouse(way.front().x, way.front().y);
  window.frame();
  window.mouse_button(0, true);
  window.frame();
  for (std::size_t i = 1; i < way.size(); ++i) {
    for (int step = 1; step <= 10; ++step) {
      const float part = static_cast<float>(step) / 10;
      window.move_mouse(way[i - 1].x + (way[i].x - way[i - 1].x) * part,
                        way[i - 1].y + (way[i].y - way[i - 1].y) * part);
      window.frame();
    }
  }
  window.mouse_button(0, false);
  window.frames(2);
}

}  // namespace

TEST_CASE("panels: a click near a point of the scatter opens its example, a double click does not") {
  const bool twice = GENERATE(false, true);
  test::PanelsWindow window;
  open_scatter(window);
  window.commands.clear();
  const auto press = [&] {
    window.mouse_button(0, true);
    window.frame();
    window.mouse_button(0, false);
    window.frame();
  };
  std::size_t clicks = 0;
  for (float y = 450; y < 850; y += 20) {
    for (float x = 260; x < 640; x += 20) {
      window.move_mouse(x, y);
      window.frame();
      press();
      if (twice) press();
      window.frames(22);  // longer than a double click takes
      ++clicks;
    }
  }
  const auto opened = static_cast<std::size_t>(
      std::count_if(window.commands.begin(), window.commands.end(),
                    [](const Command& c) { return std::holds_alternative<SelectExample>(c); }));
  CHECK(opened < clicks / 4);  // most places are far from every point
  CHECK((opened > 0) == !twice);
}

TEST_CASE("panels: a table that was shown before its analysis was there fills once it is") {
  test::PanelsWindow window;
  window.open();
  window.session().apply(SetTab{Tab::compare});
  window.session().apply(SetCompareView{CompareView::examples});
  window.wait_idle();
  window.frames(5);
  const auto click_rows = [&] {
    for (float y = 420; y < 700 && !window.last<SelectExample>(); y += 10)
      window.click(720, y);
    return window.last<SelectExample>() != nullptr;
  };
  CHECK_FALSE(click_rows());
  window.session().apply(ReadAnalysis{"/nowhere/analysis"});
  window.wait_idle();
  window.frames(5);
  CHECK(click_rows());
}

TEST_CASE("panels: a lasso round points marks their examples, and the table lists only those") {
  test::PanelsWindow window;
  open_scatter(window);
  const auto all = compare_points(window.session()).size();
  REQUIRE(all > 1);
  REQUIRE(view_table(window.session(), "examples").rows.size() == all);
  window.modifiers(false, true);
  drag(window, {{290, 470}, {620, 470}, {620, 840}, {290, 840}, {290, 480}});  // round all of them
  window.modifiers(false, false);
  REQUIRE(window.last<MarkExamples>());
  const std::size_t marked = window.session().view().marked.size();
  CHECK(marked > 0);
  CHECK(marked <= all);
  CHECK(view_table(window.session(), "examples").rows.size() == marked);
  CHECK_FALSE(window.last<ZoomPlot>());

  window.session().apply(MarkExamples{{compare_points(window.session()).front().example}});
  CHECK(view_table(window.session(), "examples").rows.size() == 1);
  const Plot plot = window.bench.plots.plot(window.session(), "compare_scatter");
  REQUIRE(plot.figure);
  window.press(Key::z, true);  // undo
  CHECK(window.session().view().marked.size() == marked);
  // Round nothing: every mark goes.
  window.modifiers(false, true);
  drag(window, {{300, 480}, {304, 480}, {304, 488}, {300, 488}});
  window.modifiers(false, false);
  CHECK(window.session().view().marked.empty());
}

TEST_CASE("panels: the palette and the menus turn to every page") {
  test::PanelsWindow window;
  window.open();
  const auto choose = [&](const char* words) {
    window.press(Key::p, true);
    window.type(words);
    window.press(Key::enter);
  };
  choose("explore: over");
  CHECK(window.session().view().explore_view == ExploreView::over_tau);
  choose("compare: table");
  CHECK(window.session().view().tab == Tab::compare);
  CHECK(window.session().view().compare_view == CompareView::table);
  choose("explore: all");
  CHECK(window.session().view().tab == Tab::explore);
  CHECK(window.session().view().explore_view == ExploreView::all);
  window.press(Key::z, true);
  CHECK(window.session().view().explore_view == ExploreView::over_tau);
}
