// The pages of Evaluate in every state, and what the mouse does there.
#include <imgui.h>

#include <algorithm>

#include "app/gui/marked_text.h"
#include "tests/app/gui/panels_window.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

constexpr EvaluateView views[] = {EvaluateView::setup, EvaluateView::scores, EvaluateView::answers};

void show_pages(test::PanelsWindow& window) {
  window.session().apply(SetTab{Tab::evaluate});
  for (const auto& [width, height, scale] :
       {std::tuple(1440.f, 900.f, 1.f), {1024.f, 700.f, 1.f}, {320.f, 200.f, 1.f}, {3000.f, 2000.f, 2.f}}) {
    window.resize(width, height, scale);
    for (const EvaluateView view : views) {
      window.session().apply(SetEvaluateView{view});
      INFO(width << " x " << height << ", page " << static_cast<int>(view));
      CHECK(window.frames(4));
    }
  }
  INFO((window.commands.empty() ? "" : command_to_json(window.commands.front()).dump()));
  CHECK(window.commands.empty());
  window.resize(1440, 900, 1);
}

/// Clicks down (or up) a column until a command of this kind is given.
template <typename Wanted>
const Wanted* click_along(test::PanelsWindow& window, float x, float from, float to) {
  const float step = from < to ? 8 : -8;
  for (float y = from; (to - y) * step > 0; y += step) {
    window.click(x, y);
    if (const Wanted* found = window.last<Wanted>()) return found;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("panels: Evaluate with nothing open, with sources, with an evaluation, with half of one") {
  test::PanelsWindow window;
  SECTION("nothing") {}
  SECTION("sources") {
    window.open();
  }
  SECTION("an evaluation") {
    window.open();
    window.session().apply(ReadEvaluation{"/runs/one"});
    window.wait_idle();
  }
  SECTION("an evaluation without sources") {
    window.session().apply(ReadEvaluation{"/runs/one"});
    window.wait_idle();
  }
  SECTION("one that cannot be read") {
    window.engine.fail_read = true;
    window.session().apply(ReadEvaluation{"/runs/one"});
    window.wait_idle();
  }
  SECTION("one that failed") {
    window.engine.fail_evaluation = true;
    window.session().apply(RunEvaluation{test::some_evaluation(), "/runs/one"});
    window.wait_idle();
  }
  SECTION("one on its way") {
    window.engine.analysis_steps = 50;
    window.session().apply(RunEvaluation{test::some_evaluation(), "/runs/one"});
    for (int i = 0; i < 2000; ++i) {
      window.session().update();
      const auto result = window.session().evaluation().result;
      if (result && !result->sets.empty()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  window.commands.clear();
  show_pages(window);
}

TEST_CASE("panels: the form starts an evaluation of what is open") {
  test::PanelsWindow window;
  window.open();
  window.session().apply(SetTab{Tab::evaluate});
  window.frames(3);
  const auto* run = click_along<RunEvaluation>(window, 280, 760, 420);
  REQUIRE(run);
  const EvaluationSpec& spec = run->spec;
  REQUIRE(spec.models.size() == 3);
  CHECK(spec.models[0].path == "/models/a");
  CHECK(spec.models[2].name == "teacher");
  REQUIRE(spec.sets.size() == 1);
  CHECK(spec.sets[0].path == "/data/test.jsonl");
  CHECK(spec.protocol == "greedy");
  CHECK(spec.metrics == "rouge-l");
  CHECK(window.session().view().evaluate_view == EvaluateView::scores);
  window.wait_idle();
  CHECK(window.session().evaluation().result->complete);
}

TEST_CASE("panels: a running evaluation is cancelled by its button and gone on with by Resume") {
  test::PanelsWindow window;
  window.engine.analysis_steps = 100000;
  window.session().apply(SetTab{Tab::evaluate});
  window.session().apply(RunEvaluation{test::some_evaluation(), "/runs/one"});
  window.frames(3);
  CHECK(window.bench.shell.animating());
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  REQUIRE(click_along<CancelJob>(window, size.x - 40, 90, 200));
  window.engine.analysis_steps = 0;
  window.wait_idle();
  window.frames(3);
  REQUIRE(window.session().evaluation().result);
  REQUIRE_FALSE(window.session().evaluation().result->complete);
  for (float x = 505; x < 620 && !window.last<RunEvaluation>(); x += 10)
    window.click(x, 112);
  REQUIRE(window.last<RunEvaluation>());
  CHECK(window.last<RunEvaluation>()->folder == "/runs/one");
  window.wait_idle();
  CHECK(window.session().evaluation().result->complete);
}

TEST_CASE("panels: a click on a prompt shows its answers, a choice above them another set") {
  test::PanelsWindow window;
  window.session().apply(ReadEvaluation{"/runs/one"});
  window.session().apply(SetEvaluateView{EvaluateView::answers});
  window.wait_idle();
  window.frames(3);
  const auto* chosen = click_along<SelectAnswer>(window, 400, 280, 600);
  REQUIRE(chosen);
  CHECK(chosen->example % 2 == 0);
  CHECK(window.session().view().answer == chosen->example);
}

TEST_CASE("panels: marked text keeps to its width and survives bytes that are no text") {
  test::PanelsWindow window;
  window.frames(1);
  const std::string text = "one two\n\nthree " + std::string(300, 'x') + " \xFF\xFE end\n";
  const TextSpan marked[] = {{0, 3}, {9, 14}, {20, 250}};
  window.bench.prepare(1);
  ImGui::NewFrame();
  window.bench.draw([&](gui::PanelContext& context) {
    ImGui::SetNextWindowPos(ImVec2(100, 100));
    ImGui::SetNextWindowSize(ImVec2(200, 700));
    ImGui::Begin("text", nullptr, ImGuiWindowFlags_NoDecoration);
    const float left = ImGui::GetCursorScreenPos().x, room = ImGui::GetContentRegionAvail().x;
    const float before = ImGui::GetCursorPosY();
    const int first = ImGui::GetWindowDrawList()->VtxBuffer.Size;
    gui::marked_text(context, text, marked, context.theme.accent);
    CHECK(ImGui::GetCursorPosY() > before + 8 * ImGui::GetTextLineHeight());
    const auto& vertices = ImGui::GetWindowDrawList()->VtxBuffer;
    REQUIRE(vertices.Size > first);
    for (int i = first; i < vertices.Size; ++i) {
      REQUIRE(vertices[i].pos.x >= left - 2);
      REQUIRE(vertices[i].pos.x <= left + room + 2);
    }
    ImGui::End();
  });
  ImGui::Render();
}
