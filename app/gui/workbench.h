// Session, panels and everything they draw with, apart from what they are drawn on: the window's loop, tests
// and the benchmark use it alike. Needs a current ImGui context.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "app/gui/fonts.h"
#include "app/gui/panel.h"
#include "app/gui/scene_renderer.h"
#include "app/gui/shell.h"

namespace tauscope::gui {

class Workbench {
 public:
  /// `textures` may be null: pictures are rectangles then.
  Workbench(Engine& engine, SessionOptions options, TextureMaker* textures);

  Session session;
  Shell shell;
  PlotBook plots;

  /// Theme and fonts for the session's view on a display of this scale. Before ImGui::NewFrame(). True: the
  /// atlas changed.
  bool prepare(float display_scale);

  /// Between ImGui::NewFrame() and ImGui::Render(). What the user did in this frame; `over` draws on top.
  std::vector<Command> draw(const std::function<void(PanelContext&)>& over = {});

  const Theme& theme() const { return theme_; }
  const Fonts& fonts() const { return fonts_; }

 private:
  Fonts fonts_;
  SceneRenderer renderer_;
  Theme theme_;
  std::optional<std::pair<tauscope::Theme, float>> themed_for_;
};

}  // namespace tauscope::gui
