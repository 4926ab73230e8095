// The pages of Distill in every state, and what the mouse does there.
#include <imgui.h>

#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

void show_pages(test::PanelsWindow& window) {
  window.session().apply(SetTab{Tab::distill});
  for (const auto& [width, height, scale] :
       {std::tuple(1440.f, 900.f, 1.f), {1024.f, 700.f, 1.f}, {320.f, 200.f, 1.f}, {3000.f, 2000.f, 2.f}}) {
    window.resize(width, height, scale);
    for (const DistillView view : {DistillView::setup, DistillView::runs}) {
      window.session().apply(SetDistillView{view});
      INFO(width << " x " << height << ", page " << static_cast<int>(view));
      CHECK(window.frames(4));
    }
  }
  INFO((window.commands.empty() ? "" : command_to_json(window.commands.front()).dump()));
  CHECK(window.commands.empty());
  window.resize(1440, 900, 1);
}

bool wait_for_state(test::PanelsWindow& window, RunState state) {
  for (int i = 0; i < 4000; ++i) {
    window.session().update();
    const auto set = window.session().runs().set;
    if (set && !set->runs.empty() && set->runs[0]->record.status.state == state) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

/// Clicks all over an area until a command of this kind is given.
template <typename Wanted>
const Wanted* click_around(test::PanelsWindow& window, ImVec2 low, ImVec2 high) {
  for (float y = low.y; y < high.y; y += 9)
    for (float x = low.x; x < high.x; x += 22) {
      window.click(x, y);
      if (const Wanted* found = window.last<Wanted>()) return found;
    }
  return nullptr;
}

}  // namespace

TEST_CASE("panels: Distill with nothing open, with runs, with one that failed, with one on its way") {
  test::TemporaryFolder folder;
  test::PanelsWindow window;
  SECTION("nothing") {}
  SECTION("runs") {
    test::make_run(folder / "a", test::some_run("a"));
    test::make_run(folder / "b", test::some_run("b", 2));
    window.session().apply(OpenRuns{(folder / "").string()});
    window.wait_idle();
  }
  SECTION("one that failed before it began") {
    window.engine.fail_run = true;
    window.session().apply(StartRun{"spec.toml", {}, (folder / "a").string()});
    window.wait_idle();
  }
  SECTION("one on its way") {
    window.engine.step_milliseconds = 20;
    window.session().apply(StartRun{"spec.toml", {}, (folder / "a").string()});
    REQUIRE(wait_for_state(window, RunState::running));
  }
  window.commands.clear();
  show_pages(window);
}

TEST_CASE("panels: a run is stopped and gone on with by its buttons, its checkpoint taken to Explore") {
  test::TemporaryFolder folder;
  test::PanelsWindow window;
  window.engine.step_milliseconds = 50;
  window.session().apply(StartRun{"spec.toml", {}, (folder / "a").string()});
  REQUIRE(wait_for_state(window, RunState::running));
  window.frames(3);
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const ImVec2 low{size.x * 0.68f, size.y * 0.63f}, high{size.x, size.y * 0.75f};
  REQUIRE(click_around<CancelJob>(window, low, high));
  REQUIRE(wait_for_state(window, RunState::stopped));
  window.engine.step_milliseconds = 0;
  window.frames(3);
  REQUIRE(click_around<ResumeRun>(window, low, high));
  REQUIRE(wait_for_state(window, RunState::finished));
  window.frames(3);
  window.applies = [](const Command& c) { return !std::holds_alternative<CloseRun>(c); };
  const auto* student = click_around<AddStudent>(window, low, ImVec2(high.x, size.y * 0.9f));
  REQUIRE(student);
  CHECK(student->path.find("checkpoints/step-") != std::string::npos);
  CHECK(window.session().view().tab == Tab::explore);
}

TEST_CASE("panels: the form reads a spec, says what is wrong with it, and starts it") {
  test::TemporaryFolder folder;
  test::PanelsWindow window;
  test::write_text(folder / "spec.toml",
                   "name = \"mine\"\n[teacher]\npath = \"t\"\n[student]\npath = \"s\"\n"
                   "[data]\ntrain = \"d.jsonl\"\n[schedule]\nsteps = 3\n");
  window.session().apply(SetTab{Tab::distill});
  window.frames(2);
  window.click(400, 168);  // the spec's field
  window.type((folder / "spec.toml").string());
  window.frames(3);
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const StartRun* start = nullptr;
  for (float y = size.y * 0.85f; y > 400 && !start; y -= 8) {
    window.click(280, y);
    start = window.last<StartRun>();
  }
  REQUIRE(start);
  CHECK(start->spec == (folder / "spec.toml").string());
  CHECK(start->settings.empty());
}
