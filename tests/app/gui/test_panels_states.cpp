// Every page in every state, at sizes and scales from tiny to huge: three frames each, every vertex sound,
// and no command that nobody gave.
#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>

#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

struct Place {
  float width, height, scale;
};
constexpr Place places[] = {{1440, 900, 1}, {1024, 700, 1}, {320, 200, 1},     {5000, 3000, 2},
                            {1440, 900, 2}, {1440, 900, 3}, {1024, 700, 0.5f}, {1, 1, 1}};

void show_everything(test::PanelsWindow& window, bool all_places) {
  for (const Place& place : places) {
    if (!all_places && &place != &places[0] && &place != &places[2]) continue;
    window.resize(place.width, place.height, place.scale);
    for (const Tab tab : {Tab::explore, Tab::compare, Tab::evaluate, Tab::distill, Tab::objectives}) {
      window.session().apply(SetTab{tab});
      INFO(fmt::format("{} x {} at {}, tab {}", place.width, place.height, place.scale,
                       static_cast<int>(tab)));
      CHECK(window.frames(3));
      // Where there is room for it, nothing of the frame around the pages is cut off.
      const bool room = place.width >= 1000 * place.scale && place.height >= 640 * place.scale;
      if (room) CHECK(ImGui::FindWindowByName("##shell")->ScrollMax.y == 0);
    }
  }
  // The window asks for nothing by itself, whatever it shows.
  INFO((window.commands.empty() ? "" : command_to_json(window.commands.front()).dump()));
  CHECK(window.commands.empty());
}

}  // namespace

TEST_CASE("panels: nothing open") {
  test::PanelsWindow window;
  show_everything(window, true);
}

TEST_CASE("panels: some sources chosen, others missing") {
  test::PanelsWindow window;
  window.session().apply(SetTeacher{"/models/teacher"});
  show_everything(window, false);
  window.session().apply(AddStudent{"/models/\xFF odd", ""});
  show_everything(window, false);
}

TEST_CASE("panels: while sources are being opened, then an example, then results") {
  test::PanelsWindow window;
  window.engine.delay_milliseconds = 300;
  window.session().apply(OpenSources{test::some_sources()});
  window.session().update();
  REQUIRE(window.session().workspace_state() == Session::Loading::loading);
  CHECK(window.frames(3));
  CHECK(window.bench.shell.animating());  // a spinner turns
  for (int i = 0; i < 500 && window.session().workspace_state() == Session::Loading::loading; ++i) {
    window.session().update();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  REQUIRE(window.session().example_state() == Session::Loading::loading);
  CHECK(window.frames(3));
  window.session().apply(SetTab{Tab::compare});
  CHECK(window.frames(3));
  CHECK(window.commands.empty());
}

TEST_CASE("panels: an example that is loaded, with and without a pinned token, in both themes") {
  test::PanelsWindow window;
  window.open();
  REQUIRE(window.session().example());
  show_everything(window, false);
  window.session().apply(PinToken{5});
  window.session().apply(SetTau{2});
  window.wait_idle();
  show_everything(window, true);
  window.session().apply(SetTheme{tauscope::Theme::light});
  show_everything(window, false);
}

TEST_CASE("panels: every view of the pages and every colouring") {
  test::PanelsWindow window;
  window.open();
  window.session().apply(PinToken{3});
  window.bench.shell.restore_layout({{"show_jobs", true}});
  for (int view = 0; view < 4; ++view) {
    window.session().apply(SetExploreView{static_cast<ExploreView>(view)});
    window.session().apply(SetCompareView{static_cast<CompareView>(view)});
    window.session().apply(SetStripColours{static_cast<StripColours>(view % 2)});
    show_everything(window, false);
  }
  window.session().apply(SetTab{Tab::explore});
  for (const StatisticsColumn& column : statistics_columns()) {
    window.session().apply(SetColourBy{column.name});
    window.session().apply(SetCompareQuantity{column.name});
    CHECK(window.frames(2));
  }
  CHECK(window.commands.empty());
}

TEST_CASE("panels: what cannot be opened, scored or computed says so and the rest goes on") {
  const int failing = GENERATE(0, 1, 2);
  test::PanelsWindow window;
  window.engine.fail_open = failing == 0;
  window.engine.fail_score = failing == 1;
  window.engine.fail_statistics = failing == 2;
  window.session().apply(OpenSources{test::some_sources()});
  window.wait_idle();
  CHECK(window.frames(3));
  window.commands.clear();
  if (failing == 0) CHECK(window.session().workspace_state() == Session::Loading::failed);
  if (failing == 1) CHECK(window.session().example_state() == Session::Loading::failed);
  show_everything(window, true);
}

TEST_CASE("panels: one student, many students, no target, one token, no token") {
  test::PanelsWindow window;
  window.engine.rows = GENERATE(std::size_t{1}, std::size_t{12}, std::size_t{0});
  auto sources = test::some_sources();
  const int students = GENERATE(1, 9);
  sources.students.clear();
  for (int i = 0; i < students; ++i)
    sources.students.push_back({fmt::format("a student with a name of some length {}", i), "/models/s"});
  window.session().apply(OpenSources{sources});
  window.wait_idle();
  window.frames(2);
  window.commands.clear();
  show_everything(window, false);
}

TEST_CASE("panels: messages and jobs, long ones and many") {
  test::PanelsWindow window;
  window.open();
  for (int i = 0; i < 30; ++i) {
    const auto level = static_cast<Message::Level>(i % 3);
    window.session().report(level, fmt::format("message {} {}\nsecond line \xFF", i, std::string(300, 'x')));
  }
  window.session().apply(RunAnalysis{"/nowhere/analysis", 0});
  show_everything(window, true);
  window.wait_idle();
  show_everything(window, false);
}

TEST_CASE("panels: a strip of 4,096 tokens draws as fast as what is visible of it") {
  test::PanelsWindow window;
  window.engine.rows = 4096;
  window.engine.vocab = 16;
  window.open();
  REQUIRE(window.session().example()->rows == 4096);
  window.bench.shell.restore_layout({{"explore", 1}});
  window.frames(5);
  const int vertices = ImGui::GetDrawData()->TotalVtxCount;
  CHECK(vertices < 60000);  // all tokens would take several hundred thousand
  CHECK(window.frames(3));
}
