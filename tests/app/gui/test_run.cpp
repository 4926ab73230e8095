// The whole window without a display: scripts, pictures, saved state, closing.
#include "app/gui/run.h"

#include <chrono>
#include <thread>

#include "app/gui/offscreen.h"
#include "app/gui/saved_state.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "tests/app/session/fake_engine.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;
using tauscope::test::FakeEngine;
using tauscope::test::TemporaryFolder;

namespace {

bool can_draw() {
  try {
    const ImGuiOwner owner;
    make_offscreen(64, 64, 1);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Sources some_sources() {
  Sources sources;
  sources.teacher = "teacher";
  sources.students = {{"a", "student-a"}, {"b", "student-b"}};
  sources.data = "data.jsonl";
  return sources;
}

GuiOptions offscreen(const std::filesystem::path& script, const std::filesystem::path& screenshot) {
  GuiOptions options;
  options.offscreen = true;
  options.width = 1024;
  options.height = 700;
  options.script = script;
  options.screenshot = screenshot;
  return options;
}

std::string script_of(std::initializer_list<const char*> lines) {
  std::string text;
  for (const char* line : lines)
    text += std::string(line) + "\n";
  return text;
}

/// Width and height as the PNG's header has them.
std::pair<int, int> png_size(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  REQUIRE(bytes.size() > 33);
  REQUIRE(bytes.substr(1, 3) == "PNG");
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  };
  return {number(16), number(20)};
}

#define TS_NEED_DRAWING() \
  if (!can_draw()) TS_SKIP("nothing can draw without a display here")

}  // namespace

TEST_CASE("a script runs to its end and pictures are taken on the way", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  const auto script = folder / "actions.jsonl";
  const auto middle = folder / "new/middle.png";
  tauscope::test::write_text(
      script,
      script_of({"# comment", "", "{\"command\": \"wait_idle\"}",
                 "{\"command\": \"select_example\", \"example\": 1}", "{\"command\": \"wait_idle\"}",
                 "{\"command\": \"pin_token\", \"position\": 3}", "{\"command\": \"set_tau\", \"tau\": 2}"}) +
          Json{{"command", "screenshot"}, {"path", middle.string()}}.dump() + "\n" +
          script_of({"{\"command\": \"set_tab\", \"tab\": \"compare\"}", "{\"command\": \"wait_idle\"}"}));
  FakeEngine engine;
  run(engine, some_sources(), offscreen(script, folder / "end.png"), {});
  CHECK(engine.opened == 1);
  CHECK(engine.scored >= 1);
  CHECK(png_size(middle) == std::pair(1024, 700));
  CHECK(png_size(folder / "end.png") == std::pair(1024, 700));
  CHECK(read_file(middle) != read_file(folder / "end.png"));
}

TEST_CASE("the same script draws the same picture", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  std::string pictures[2];
  for (std::string& picture : pictures) {
    FakeEngine engine;
    run(engine, some_sources(), offscreen({}, folder / "picture.png"), {});
    picture = read_file(folder / "picture.png");
  }
  CHECK(pictures[0] == pictures[1]);
}

TEST_CASE("scale makes more pixels of the same window", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  FakeEngine engine;
  GuiOptions options = offscreen({}, folder / "large.png");
  options.scale = 2;
  run(engine, some_sources(), options, {});
  CHECK(png_size(folder / "large.png") == std::pair(2048, 1400));
}

TEST_CASE("what fails in a script is reported once, after everything else was done", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  const auto script = folder / "actions.jsonl";
  tauscope::test::write_text(
      script, script_of({"{\"command\": \"wait_idle\"}", "{\"command\": \"select_student\", \"index\": 77}",
                         "{\"command\": \"set_tau\", \"tau\": 4}"}));
  FakeEngine engine;
  CHECK_THROWS_WITH(run(engine, some_sources(), offscreen(script, folder / "end.png"), {}),
                    Catch::Contains("after line 2: "));
  CHECK(std::filesystem::exists(folder / "end.png"));
}

TEST_CASE("a script that cannot be read starts nothing", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  const auto script = folder / "actions.jsonl";
  tauscope::test::write_text(script, "{\"command\": \"fly\"}\n");
  FakeEngine engine;
  CHECK_THROWS_AS(run(engine, {}, offscreen(script, {}), {}), Error);
  CHECK_THROWS_AS(run(engine, {}, offscreen(folder / "none.jsonl", {}), {}), Error);
  CHECK(engine.opened == 0);
}

TEST_CASE("what cannot be opened shows in the picture and in the error", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  FakeEngine engine;
  engine.fail_open = true;
  CHECK_THROWS_WITH(run(engine, some_sources(), offscreen({}, folder / "end.png"), {}),
                    Catch::Contains("cannot be loaded"));
  CHECK(std::filesystem::exists(folder / "end.png"));
}

TEST_CASE("the session is there again at the next start", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  const auto script = folder / "actions.jsonl", state = folder / "state/window.json";
  tauscope::test::write_text(
      script, script_of({"{\"command\": \"wait_idle\"}", "{\"command\": \"set_tau\", \"tau\": 4}",
                         "{\"command\": \"set_theme\", \"theme\": \"light\"}"}));
  GuiOptions options = offscreen(script, {});
  options.state_file = state;
  {
    FakeEngine engine;
    run(engine, some_sources(), options, {});
  }
  std::string problem;
  const auto saved = load_state(state, problem);
  REQUIRE(saved);
  CHECK(saved->session["view"]["tau"] == 4);
  CHECK(saved->width == 1024);
  FakeEngine engine;
  options.script.clear();
  options.screenshot = folder / "again.png";
  run(engine, {}, options, {});
  CHECK(engine.opened == 1);  // what was open is opened again
  FakeEngine other;
  Sources sources = some_sources();
  sources.teacher = "another";
  run(other, sources, options, {});
  CHECK(other.opened == 1);  // only what was asked for
}

TEST_CASE("a broken state file does not stop the start", "[gui]") {
  TS_NEED_DRAWING();
  for (const char* content :
       {"{", "{\"format\": \"tauscope-window\", \"version\": 1, \"session\": {\"a\": 1}}"}) {
    TemporaryFolder folder;
    tauscope::test::write_text(folder / "window.json", content);
    FakeEngine engine;
    GuiOptions options = offscreen({}, folder / "end.png");
    options.state_file = folder / "window.json";
    run(engine, some_sources(), options, {});
    CHECK(std::filesystem::exists(folder / "end.png"));
    CHECK(std::filesystem::exists(folder / "window.json.broken"));
  }
}

TEST_CASE("a stop ends it at once, whatever computes", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  FakeEngine engine;
  engine.delay_milliseconds = 30;
  std::stop_source stop;
  const auto begin = std::chrono::steady_clock::now();
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  tauscope::test::write_text(folder / "wait.jsonl", "{\"command\": \"wait_idle\"}\n");
  run(engine, some_sources(), offscreen(folder / "wait.jsonl", {}), stop.get_token());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("quit ends a script before its last lines", "[gui]") {
  TS_NEED_DRAWING();
  TemporaryFolder folder;
  tauscope::test::write_text(
      folder / "q.jsonl", script_of({"{\"command\": \"quit\"}", "{\"command\": \"set_tau\", \"tau\": 4}"}));
  FakeEngine engine;
  GuiOptions options = offscreen(folder / "q.jsonl", {});
  options.state_file = folder / "window.json";
  run(engine, some_sources(), options, {});
  std::string problem;
  const auto saved = load_state(options.state_file, problem);
  REQUIRE(saved);
  CHECK(saved->session["view"]["tau"] == 1);
}
