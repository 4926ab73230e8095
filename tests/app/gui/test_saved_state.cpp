// What is remembered between starts survives being broken.
#include "app/gui/export_path.h"
#include "app/gui/saved_state.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;
using tauscope::test::TemporaryFolder;

TEST_CASE("a saved state comes back", "[gui]") {
  TemporaryFolder folder;
  const auto file = folder / "deep/er/window.json";
  save_state(file, {Json{{"a", 1}}, Json{{"left", 15.5}}, 1200, 800});
  std::string problem;
  const auto state = load_state(file, problem);
  REQUIRE(state);
  CHECK(problem.empty());
  CHECK(state->session == Json{{"a", 1}});
  CHECK(state->layout["left"] == 15.5);
  CHECK(state->width == 1200);
  CHECK(state->height == 800);
}

TEST_CASE("a broken state is put aside and says so", "[gui]") {
  for (const char* content :
       {"", "{", "[]", "{\"format\": \"other\", \"version\": 1, \"session\": {}}",
        "{\"format\": \"tauscope-window\", \"version\": 2, \"session\": {}}",
        "{\"format\": \"tauscope-window\", \"version\": 1}",
        "{\"format\": \"tauscope-window\", \"version\": 1, \"session\": {}, \"width\": -5}",
        "\xFF\xFE\x00"}) {
    TemporaryFolder folder;
    const auto file = folder / "window.json";
    tauscope::test::write_text(file, content);
    std::string problem;
    CHECK_FALSE(load_state(file, problem));
    CHECK(problem.find("window.json.broken") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(tauscope::test::read_text(folder / "window.json.broken") == content);
  }
}

TEST_CASE("no file is no problem", "[gui]") {
  TemporaryFolder folder;
  std::string problem;
  CHECK_FALSE(load_state(folder / "none.json", problem));
  CHECK_FALSE(load_state({}, problem));
  CHECK(problem.empty());
}

TEST_CASE("saving never overwrites what is there", "[gui]") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "TauScope");
  setenv("XDG_DOCUMENTS_DIR", folder.path().c_str(), 1);
  CHECK(default_export_path("curves", "png") == folder / "TauScope/curves.png");
  tauscope::test::write_text(folder / "TauScope/curves.png", "x");
  CHECK(default_export_path("curves", "png") == folder / "TauScope/curves-2.png");
  unsetenv("XDG_DOCUMENTS_DIR");
}
