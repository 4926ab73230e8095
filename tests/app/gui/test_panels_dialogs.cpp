// The file browser and the questions that are asked before something is written.
#include <imgui.h>

#include <algorithm>
#include <filesystem>

#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;
using gui::Key;

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
