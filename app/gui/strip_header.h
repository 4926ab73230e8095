// The line over a token strip: the example, the search, and what the colours mean.
#pragma once

#include <string>

#include "app/gui/colour_scale.h"
#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

/// The field that searches tokens: typing pins the first match, Enter the next one.
class TokenSearch {
 public:
  explicit TokenSearch(UiState& ui) : ui_(ui) {}
  void draw(PanelContext& context, float width);

 private:
  /// Letters typed while nothing has the keyboard go to the field.
  void take_typing();

  UiState& ui_;
  std::string text_;
  std::string typed_;  ///< before the field had the keyboard
  bool active_ = false;
};

/// A menu of the students with their colours, as wide as their names need; true when another was chosen.
bool student_combo(PanelContext& context, const char* id, std::size_t& student, const char* help);

/// "Example 12 · brainstorming · 48 tokens · What is the …": elided to `width`.
void example_caption(PanelContext& context, float width);

}  // namespace tauscope::gui
