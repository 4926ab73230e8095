// The whole window between its frame: toolbar, columns, tabs, inspector, jobs and messages; palette, file
// browser and menus over them. Knows ImGui, not GLFW nor OpenGL, so that tests draw it without a display.
#pragma once

#include <memory>

#include "app/gui/panel.h"
#include "core/base/json.h"

namespace tauscope::gui {

class Shell {
 public:
  Shell();
  ~Shell();

  /// Draws one frame over the whole display (ImGui::GetIO().DisplaySize). Call between ImGui::NewFrame() and
  /// ImGui::Render(). What the user did is in context.out afterwards.
  void draw(PanelContext& context);

  /// True while the window should be drawn again without an event (a blinking cursor, a fading hint).
  bool animating() const;

  /// Sizes of columns and rows, recent paths, …: saved with the session under "window".
  Json layout() const;
  /// Ignores what it does not know, so that a layout of another version does no harm.
  void restore_layout(const Json& saved);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tauscope::gui
