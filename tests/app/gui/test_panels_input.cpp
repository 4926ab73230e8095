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
  const std::size_t given = window.commands.size();
  window.press(Key::p, true);
  window.type("theme");
  window.press(Key::escape);
  CHECK(window.commands.size() == given);
  window.press(Key::digit_2);  // closed: keys work again
  CHECK(window.session().view().tau == 2);
}

TEST_CASE("panels: the file browser opens a checkpoint with the keyboard alone") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "models/tiny");
  test::write_text(folder / "models/tiny/config.json", R"({"model_type": "llama"})");
  test::PanelsWindow window;
  window.bench.shell.restore_layout({{"browser_folder", folder.path().string()}});
  window.frames(2);
  window.press(Key::o, true);
  window.frames(2);
  window.type("mod");
  window.press(Key::enter);  // into the folder
  window.frames(2);
  window.type("tiny");
  window.press(Key::enter);
  window.frames(2);
  REQUIRE(window.last<SetTeacher>());
  CHECK(window.last<SetTeacher>()->path == (folder / "models/tiny").string());
  CHECK(window.session().sources().teacher == folder / "models/tiny");
}

TEST_CASE("panels: the file browser goes on with the keys after a path, a filter and a click") {
  const test::TemporaryFolder folder;
  for (const char* name : {"models/a", "models/b", "elsewhere"})
    std::filesystem::create_directories(folder / name);
  for (const char* name : {"models/a/config.json", "models/b/config.json"})
    test::write_text(folder / name, R"({"model_type": "llama"})");
  test::PanelsWindow window;
  window.applies = [](const Command&) { return false; };
  window.bench.shell.restore_layout({{"browser_folder", (folder / "elsewhere").string()}});
  window.frames(2);
  const auto at = [&] {
    return std::filesystem::path(window.bench.shell.layout()["browser_folder"].get<std::string>());
  };
  window.press(Key::o, true);
  window.frames(2);
  REQUIRE(at() == folder / "elsewhere");
  SECTION("the path's field keeps its keys; then the arrows choose") {
    window.press(Key::l, true);
    window.frames(2);
    window.press(Key::backspace);
    CHECK(at() == folder / "elsewhere");
    window.press(Key::a, true);
    window.type((folder / "models").string());
    window.press(Key::enter);
    window.frames(3);
    REQUIRE(at() == folder / "models");
    window.press(Key::down);
    window.press(Key::enter);
    REQUIRE(window.last<SetTeacher>());
    CHECK(window.last<SetTeacher>()->path == (folder / "models/b").string());
  }
  SECTION("an absolute path as a filter is a path; a filter's last letter is not a step up") {
    window.type((folder / "models").string());
    window.press(Key::enter);
    window.frames(3);
    REQUIRE(at() == folder / "models");
    window.type("b");
    window.press(Key::backspace);
    CHECK(at() == folder / "models");
    window.press(Key::backspace);
    CHECK(at() == folder.path());
  }
}

TEST_CASE("panels: the file browser starts beside the teacher for checkpoints") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "models/t");
  std::filesystem::create_directories(folder / "data");
  test::PanelsWindow window;
  window.session().apply(SetTeacher{(folder / "models/t").string()});
  window.bench.shell.restore_layout({{"browser_folder", (folder / "data").string()}});
  window.press(Key::o, true, true);
  window.frames(2);
  CHECK(window.bench.shell.layout()["browser_folder"] == (folder / "models").string());
}

TEST_CASE("panels: Escape leaves the browser and the dialogs without a command") {
  test::PanelsWindow window;
  window.open();
  for (const Key key : {Key::o, Key::d, Key::e, Key::s, Key::r}) {
    window.press(key, true);
    window.frames(3);
    window.press(Key::escape);
    window.frames(2);
  }
  CHECK(window.commands.empty());
  window.press(Key::digit_8);
  CHECK(window.session().view().tau == 8);
}

TEST_CASE("panels: export, save and analyse ask for a place, and Enter takes the one offered") {
  test::PanelsWindow window;
  window.open();
  window.press(Key::e, true);
  window.frames(2);
  window.press(Key::enter);
  REQUIRE(window.last<ExportAll>());
  CHECK(std::filesystem::path(window.last<ExportAll>()->folder).is_absolute());
  window.press(Key::s, true);
  window.frames(2);
  window.press(Key::enter);
  REQUIRE(window.last<SaveFigure>());
  CHECK(std::filesystem::path(window.last<SaveFigure>()->path).extension() == ".pdf");
  CHECK(find_plot(window.last<SaveFigure>()->plot));
  window.press(Key::r, true);
  window.frames(2);
  window.press(Key::enter);
  REQUIRE(window.last<RunAnalysis>());
  CHECK(window.last<RunAnalysis>()->limit == 0);
}

TEST_CASE("panels: quitting is one command, from a menu, a text field and beside a job as well") {
  test::PanelsWindow window;
  window.open();
  const auto quits = [&] {
    return std::count_if(window.commands.begin(), window.commands.end(),
                         [](const Command& c) { return std::holds_alternative<Quit>(c); });
  };
  window.applies = [](const Command& c) { return !std::holds_alternative<Quit>(c); };
  window.click(20, 10);  // the File menu
  REQUIRE(ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel));
  window.press(Key::q, true);
  CHECK(quits() == 1);
  window.press(Key::escape);
  CHECK_FALSE(ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel));
  window.press(Key::f, true);
  window.press(Key::q, true);
  CHECK(quits() == 2);
  window.press(Key::escape);
  window.session().apply(RunAnalysis{"/nowhere/analysis", 0});
  window.frame();
  window.press(Key::q, true);
  CHECK(quits() == 3);  // the program asks; nothing here does it before
  CHECK_FALSE(ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel));
  window.wait_idle();
}

TEST_CASE("panels: a click near a point of the scatter opens its example, a double click does not") {
  const bool twice = GENERATE(false, true);
  test::PanelsWindow window;
  window.open();
  window.session().apply(ReadAnalysis{"/nowhere/analysis"});
  window.wait_idle();
  window.session().apply(SetTab{Tab::compare});
  window.bench.shell.restore_layout({{"compare", 3}});
  window.wait_idle();
  window.frames(5);
  REQUIRE_FALSE(compare_points(window.session()).empty());
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
