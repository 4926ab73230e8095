// Mouse and keyboard give the commands that they should.
#include <imgui_internal.h>

#include <algorithm>

#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;
using gui::Key;

namespace {

/// Where in the window a scored position is previewed when the cursor is there.
std::optional<ImVec2> find_token(test::PanelsWindow& window, std::int64_t position) {
  for (float y = 100; y < 400; y += 8) {
    for (float x = 230; x < 1000; x += 10) {
      window.move_mouse(x, y);
      window.frame();
      if (window.session().focused_position() == position) return ImVec2(x, y);
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("panels: hovering a token previews it, a click pins it, a second click lets it go") {
  test::PanelsWindow window;
  window.open();
  const auto place = find_token(window, 7);
  REQUIRE(place);
  CHECK_FALSE(window.session().view().pinned);
  window.click(place->x, place->y);
  REQUIRE(window.last<PinToken>());
  CHECK(window.session().view().pinned == 7);
  window.click(place->x, place->y);
  CHECK_FALSE(window.session().view().pinned);
  window.move_mouse(-1, -1);
  window.frames(2);
  CHECK_FALSE(window.session().focused_position());
}

TEST_CASE("panels: arrow keys step through tokens, page keys through examples") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::right);
  CHECK(window.session().view().pinned == 0);
  window.press(Key::right);
  CHECK(window.session().view().pinned == 1);
  window.press(Key::left);
  CHECK(window.session().view().pinned == 0);
  window.press(Key::escape);
  CHECK_FALSE(window.session().view().pinned);
  const auto first = window.session().view().example;
  window.press(Key::page_down);
  CHECK(window.session().view().example == first + 1);
  window.press(Key::page_up);
  CHECK(window.session().view().example == first);
}

TEST_CASE("panels: keys set and step τ, tabs, theme, scale; undo takes them back") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::digit_4);
  CHECK(window.session().view().tau == 4);
  window.press(Key::bracket_right);
  CHECK(window.session().view().tau == Approx(4.49));
  window.press(Key::bracket_left);
  window.press(Key::bracket_left);
  CHECK(window.session().view().tau < 4);
  window.press(Key::digit_2, true);
  CHECK(window.session().view().tab == Tab::compare);
  window.press(Key::z, true);
  CHECK(window.session().view().tab == Tab::explore);
  window.press(Key::z, true, true);
  CHECK(window.session().view().tab == Tab::compare);
  window.press(Key::l, true, true);
  CHECK(window.session().view().theme == tauscope::Theme::light);
  window.press(Key::equal, true);
  CHECK(window.session().view().ui_scale == Approx(1.1));
  window.press(Key::digit_0, true);
  CHECK(window.session().view().ui_scale == 1);
  window.press(Key::c, true, true);
  CHECK(window.last<CopyCommandLine>());
}

TEST_CASE("panels: dragging along the slider moves τ and catches marks") {
  test::PanelsWindow window;
  window.open();
  // The track lies in the first row under the menus.
  std::vector<double> seen;
  window.move_mouse(120, 40);
  window.frame();
  window.mouse_button(0, true);
  for (float x = 120; x < 420; x += 4) {
    window.move_mouse(x, 40);
    window.frame();
    if (const SetTau* tau = window.last<SetTau>(); tau && (seen.empty() || seen.back() != tau->tau))
      seen.push_back(tau->tau);
  }
  window.mouse_button(0, false);
  window.frames(2);
  REQUIRE(seen.size() > 20);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.front() < 1);
  CHECK(seen.back() > 8);
  for (const double mark : {1.0, 2.0, 4.0, 8.0})
    CHECK(std::find(seen.begin(), seen.end(), mark) != seen.end());
  // A drag is one step of undo.
  window.press(Key::z, true);
  CHECK(window.session().view().tau == 1);
}

TEST_CASE("panels: a typed τ is taken, what is no number is not") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::t, true);
  window.type("3.25");
  window.press(Key::enter);
  CHECK(window.session().view().tau == 3.25);
  window.press(Key::t, true);
  window.type("-.-");
  window.press(Key::enter);
  CHECK(window.session().view().tau == 3.25);
  window.press(Key::t, true);
  window.type("500");
  window.press(Key::enter);
  CHECK(window.session().view().tau == 20);
}

TEST_CASE("panels: shortcuts rest while a text field has the keyboard") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::f, true);  // the search field
  window.press(Key::digit_4);
  window.type("4");
  CHECK(window.session().view().tau == 1);
  window.press(Key::right);
  CHECK_FALSE(window.last<StepToken>());
}

TEST_CASE("panels: typing searches; Enter goes to the next match") {
  test::PanelsWindow window;
  window.open();
  window.type("word1");
  const auto pinned = window.session().view().pinned;
  REQUIRE(pinned);
  CHECK(window.session().example()->response[static_cast<std::size_t>(*pinned)].bytes.find("word1") !=
        std::string::npos);
  CHECK(*pinned == 1);
  window.press(Key::enter);
  CHECK(window.session().view().pinned == 10);  // word10
  CHECK(window.session().view().search == "word1");
}

TEST_CASE("panels: the palette runs what is chosen") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::p, true);
  window.type("objectives");
  window.press(Key::enter);
  CHECK(window.session().view().tab == Tab::objectives);
  window.press(Key::p, true);
  window.type("2.5");
  window.press(Key::enter);
  CHECK(window.session().view().tau == 2.5);
  window.press(Key::p, true);
  window.type("example 3");
  window.press(Key::enter);
  CHECK(window.session().view().example == 3);
  window.press(Key::p, true);
  window.type("e");  // every example has one: commands come first
  window.press(Key::enter);
  CHECK(window.session().view().example == 3);
  window.wait_idle();
  window.press(Key::escape);
  window.frames(3);
  const std::size_t given = window.commands.size();
  window.press(Key::p, true);
  window.type("theme");
  window.press(Key::escape);
  CHECK(window.commands.size() == given);
  window.press(Key::digit_2);  // closed: keys work again
  CHECK(window.session().view().tau == 2);
}

TEST_CASE("panels: Escape closes a menu and leaves the pinned token") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::right);
  REQUIRE(window.session().view().pinned == 0);
  window.click(20, 10);
  window.press(Key::escape);
  CHECK(window.session().view().pinned == 0);
  window.press(Key::escape);
  CHECK_FALSE(window.session().view().pinned);
}

TEST_CASE("panels: a student's menu opens on its whole row, also where nothing could be opened") {
  const bool fails = GENERATE(false, true);
  test::PanelsWindow window;
  window.engine.fail_open = fails;
  window.session().apply(OpenSources{test::some_sources()});
  window.wait_idle();
  window.frames(3);
  const auto popup = [] {
    return ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
  };
  // Down the column: every row that has a menu, at a place beside its text.
  int rows = 0;
  float last = 0;
  for (float y = 60; y < 500; y += 5) {
    window.move_mouse(190, y);
    window.frame();
    window.mouse_button(1, true);
    window.frame();
    window.mouse_button(1, false);
    window.frames(2);
    if (!popup()) continue;
    ++rows;
    last = y;
    window.press(Key::escape);
    REQUIRE_FALSE(popup());
  }
  CHECK(rows >= 2 * 3);
  // The dots at the row's end open it too; its last entry removes the student.
  bool opened = false;
  for (float x = 200; x < 240 && !opened; x += 3) {
    window.click(x, last - 8);
    opened = popup();
  }
  REQUIRE(opened);
  const ImGuiWindow* menu = ImGui::GetCurrentContext()->OpenPopupStack.back().Window;
  REQUIRE(menu);
  window.commands.clear();
  window.click(menu->Pos.x + menu->Size.x / 2, menu->Pos.y + menu->Size.y - 16);
  REQUIRE(window.last<RemoveStudent>());
  CHECK(window.last<RemoveStudent>()->index == 1);
  CHECK(window.session().sources().students.size() == 1);
}
