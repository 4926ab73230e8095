// A plot under the mouse: every gesture becomes the command that it should.
#include "app/gui/plot_view.h"

#include <thread>

#include "tests/app/gui/headless_gui.h"
#include "tests/app/session/fake_engine.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

namespace {

/// One plot over the whole display, and a mouse.
class PlotUnderMouse {
 public:
  PlotUnderMouse() : session_(engine_, {}) {
    Sources sources;
    sources.teacher = "teacher";
    sources.students = {{"a", "a"}, {"b", "b"}};
    sources.data = "data";
    session_.apply(OpenSources{sources});
    settle();
    session_.apply(SelectExample{0});
    session_.apply(PinToken{3});
    settle();
    for (int i = 0; i < 3; ++i)
      frame();
  }

  /// Draws, applies what was asked for, and returns it.
  std::vector<Command> frame() {
    std::vector<Command> out;
    session_.update();
    const ImDrawData& data = gui_.frame([&] {
      std::optional<std::int64_t> hovered;
      PanelContext context{session_, plots_, gui_.renderer, gui_.theme, gui_.fonts, out, hovered};
      events = draw_plot(context, name, 0, 0, options);
    });
    CHECK(tauscope::test::all_sound(data));
    for (const Command& command : out)
      session_.apply(command);
    return out;
  }
  std::vector<Command> at(float x, float y, bool left = false, bool right = false, float wheel = 0) {
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = {x, y};
    io.MouseDown[0] = left;
    io.MouseDown[1] = right;
    io.MouseWheel = wheel;
    return frame();
  }
  const Session& session() const { return session_; }

  std::string name = "head_curve";
  PlotOptions options;
  PlotEvents events;

 private:
  void settle() {
    do {
      session_.update();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (session_.busy());
  }

  tauscope::test::FakeEngine engine_;
  tauscope::test::HeadlessGui gui_;
  Session session_;
  PlotBook plots_;
};

template <class T>
std::vector<T> only(const std::vector<Command>& commands) {
  std::vector<T> out;
  for (const Command& command : commands)
    if (const auto* wanted = std::get_if<T>(&command)) out.push_back(*wanted);
  return out;
}

}  // namespace

TEST_CASE("the wheel zooms around the cursor, over an axis along it only", "[gui]") {
  PlotUnderMouse plot;
  plot.at(400, 300);
  const auto zooms = only<ZoomPlot>(plot.at(400, 300, false, false, 1));
  REQUIRE(zooms.size() == 1);
  CHECK(zooms[0].plot == "head_curve");
  CHECK((zooms[0].zoom.x_low && zooms[0].zoom.x_high && zooms[0].zoom.y_low && zooms[0].zoom.y_high));
  plot.at(400, 575);
  const auto along = only<ZoomPlot>(plot.at(400, 565, false, false, 1));
  REQUIRE(along.size() == 1);
  CHECK(along[0].zoom.x_low != zooms[0].zoom.x_low);
  CHECK(along[0].zoom.y_low == zooms[0].zoom.y_low);  // what was zoomed before stays
}

TEST_CASE("dragging pans and a double click fits", "[gui]") {
  PlotUnderMouse plot;
  plot.at(400, 300);
  CHECK(plot.at(400, 300, true).empty());
  CHECK(only<ZoomPlot>(plot.at(450, 320, true)).size() == 1);
  CHECK(only<ZoomPlot>(plot.at(470, 320, true)).size() == 1);
  plot.at(470, 320);
  CHECK_FALSE(plot.session().view().plots.empty());
  for (int i = 0; i < 40; ++i)
    plot.at(300, 250);
  std::vector<Command> seen;
  for (const bool down : {true, false, true, false})
    for (Command& command : plot.at(300, 250, down))
      seen.push_back(std::move(command));
  CHECK(only<FitPlot>(seen).size() == 1);
  CHECK(plot.session().view().plots.empty());
}

TEST_CASE("the right button zooms a box, or opens the menu", "[gui]") {
  PlotUnderMouse plot;
  plot.at(300, 200);
  plot.at(300, 200, false, true);
  plot.at(400, 300, false, true);
  plot.at(500, 400, false, true);
  const auto zooms = only<ZoomPlot>(plot.at(500, 400));
  REQUIRE(zooms.size() == 1);
  CHECK(*zooms[0].zoom.x_low < *zooms[0].zoom.x_high);
  CHECK_FALSE(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId));
  plot.at(350, 250, false, true);
  plot.at(350, 250);
  plot.at(350, 250);
  CHECK(ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel));
}

TEST_CASE("a click on the legend switches a series", "[gui]") {
  PlotUnderMouse plot;
  std::vector<ToggleSeries> toggles;
  for (float x = 10; x < 300 && toggles.empty(); x += 20) {
    plot.at(x, 18);
    plot.at(x, 18, true);
    toggles = only<ToggleSeries>(plot.at(x, 18));
  }
  REQUIRE(toggles.size() == 1);
  CHECK(plot.session().view().plots.at("head_curve").hidden.contains(toggles[0].series));
}

TEST_CASE("a click that is no drag is a click, where a plot has use for it", "[gui]") {
  PlotUnderMouse plot;
  plot.options.clickable = true;
  plot.at(400, 300);
  plot.at(400, 300, true);
  CHECK_FALSE(plot.events.clicked);
  plot.at(401, 300);
  REQUIRE(plot.events.clicked);
  CHECK(plot.events.clicked->panel == 0);
  CHECK(plot.events.hovered);
}

TEST_CASE("the line is dragged to the cursor and no farther than it may", "[gui]") {
  PlotUnderMouse plot;
  plot.options.drag_x = 4;
  plot.options.drag_low = 2;
  plot.options.drag_high = 8;
  bool found = false;
  for (float x = 60; x < 780 && !found; x += 3) {  // wherever it is
    plot.at(x, 300);
    plot.at(x, 300, true);
    plot.at(x + 1, 300, true);
    if (plot.events.dragged_to) {
      found = true;
      plot.at(790, 300, true);
      REQUIRE(plot.events.dragged_to);
      CHECK(*plot.events.dragged_to == 8);
      plot.at(10, 300, true);
      CHECK(*plot.events.dragged_to == 2);
    }
    plot.at(x, 300);
  }
  CHECK(found);
}

TEST_CASE("any plot at any size draws or says why not", "[gui]") {
  PlotUnderMouse plot;
  for (const PlotInfo& info : plot_infos()) {
    plot.name = info.name;
    for (const auto& [width, height] : {std::pair(800.f, 600.f), std::pair(200.f, 100.f),
                                        std::pair(30.f, 20.f), std::pair(3000.f, 2000.f)}) {
      ImGui::GetIO().DisplaySize = {width, height};
      for (int i = 0; i < 3; ++i)
        plot.at(width / 2, height / 2, i == 1, false, 1);
    }
  }
}
