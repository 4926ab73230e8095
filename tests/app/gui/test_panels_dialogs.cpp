// The file browser and the questions that are asked before something is written.
#include <imgui_internal.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;
using gui::Key;

namespace {

bool is_open(const char* popup) {
  const auto& stack = ImGui::GetCurrentContext()->OpenPopupStack;
  return !stack.empty() && stack.back().Window && std::strstr(stack.back().Window->Name, popup);
}

/// Clicks down the right edges of the page's cards until a plot's menu opens.
bool open_plot_menu(test::PanelsWindow& window, float right) {
  for (float y = 280; y < 420; y += 4) {
    window.click(right, y);
    if (is_open("##Popup")) return true;
  }
  return false;
}

ImVec2 row_of_popup(int row, int rows) {
  const ImGuiWindow* popup = ImGui::GetCurrentContext()->OpenPopupStack.back().Window;
  const float each = popup->Size.y / static_cast<float>(rows);
  return {popup->Pos.x + popup->Size.x / 2, popup->Pos.y + each * (static_cast<float>(row) + 0.5f)};
}

}  // namespace

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

TEST_CASE("panels: the folder that something is saved in can be chosen, and its name stays") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "figures/paper");
  test::PanelsWindow window;
  window.open();
  window.press(Key::s, true);
  window.frames(2);
  window.press(Key::a, true);
  window.type((folder / "figures/mine.pdf").string());
  window.press(Key::o, true);
  window.frames(2);
  REQUIRE(is_open("###browser"));
  window.press(Key::escape);
  window.frames(2);
  REQUIRE(is_open("Save figure"));  // only the browser is left
  window.press(Key::o, true);
  window.frames(2);
  window.type("pap");
  window.press(Key::enter);  // into figures/paper
  window.frames(2);
  window.press(Key::enter, true);
  window.frames(2);
  REQUIRE(is_open("Save figure"));
  CHECK_FALSE(window.last<SaveFigure>());
  // The button does what Enter in the path's field does.
  const ImGuiWindow* dialog = ImGui::GetCurrentContext()->OpenPopupStack.back().Window;
  window.click(dialog->Pos.x + dialog->Size.x - 40, dialog->Pos.y + dialog->Size.y - 20);
  window.frames(2);
  REQUIRE(window.last<SaveFigure>());
  CHECK(window.last<SaveFigure>()->path == (folder / "figures/paper/mine.pdf").string());
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

TEST_CASE("panels: from the window to a PDF of the curves over τ with the keyboard alone") {
  const test::TemporaryFolder folder;
  test::PanelsWindow window;
  window.applies = [](const Command&) { return true; };
  window.open();
  window.press(Key::p, true);
  window.type("explore: over");
  window.press(Key::enter);
  REQUIRE(window.session().view().explore_view == ExploreView::over_tau);
  window.wait_idle();
  window.frames(3);
  window.press(Key::s, true);  // offers the first plot of the page
  window.frames(2);
  window.press(Key::a, true);
  window.type((folder / "curves.pdf").string());
  window.press(Key::enter);
  window.wait_idle();
  REQUIRE(window.last<SaveFigure>());
  CHECK(window.last<SaveFigure>()->plot == "curves");
  CHECK(test::read_text(folder / "curves.pdf").starts_with("%PDF"));

  window.press(Key::p, true);  // any other plot of the page by its name
  window.type("save figure position");
  window.press(Key::enter);
  window.frames(2);
  window.press(Key::a, true);
  window.type((folder / "map.pdf").string());
  window.press(Key::enter);
  window.wait_idle();
  CHECK(window.last<SaveFigure>()->plot == "heat_map");
  CHECK(std::filesystem::exists(folder / "map.pdf"));
}

TEST_CASE("panels: a plot's menu asks where to save, with the mouse alone") {
  test::PanelsWindow window;
  window.open();
  window.session().apply(SetExploreView{ExploreView::over_tau});
  window.wait_idle();
  window.frames(3);
  const auto page =
      std::find_if(ImGui::GetCurrentContext()->Windows.begin(), ImGui::GetCurrentContext()->Windows.end(),
                   [](const ImGuiWindow* w) { return w->WasActive && std::strstr(w->Name, "/##plots_"); });
  REQUIRE(page != ImGui::GetCurrentContext()->Windows.end());
  REQUIRE(open_plot_menu(window, (*page)->Pos.x + (*page)->Size.x - 18));
  window.frames(2);
  // Fit, (line), Copy CSV, Save PNG…, Save SVG…, Save PDF…, Save CSV…
  const ImVec2 pdf = row_of_popup(10, 13);  // thirteenths, the line being half a row
  window.click(pdf.x, pdf.y);
  window.frames(3);
  REQUIRE(is_open("Save figure"));
  CHECK_FALSE(window.last<SaveFigure>());
  window.press(Key::enter);
  REQUIRE(window.last<SaveFigure>());
  CHECK(window.last<SaveFigure>()->plot == "curves");
  CHECK(std::filesystem::path(window.last<SaveFigure>()->path).extension() == ".pdf");
}
