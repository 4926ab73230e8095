// Ctrl+P: every action by its name, typed loosely; also τ as a number, students, examples and colours.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

/// How well `pattern` fits `text`: its letters in order, case ignored, better at the start of words and side
/// by side. Absent where they are not all there. An empty pattern fits everything alike.
std::optional<int> fuzzy_score(std::string_view pattern, std::string_view text);

class Palette {
 public:
  explicit Palette(UiState& ui) : ui_(ui) {}
  void open() { opening_ = true; }
  /// Draws the pop-up where it is open. Up and down choose, Enter runs, Esc closes.
  void draw(PanelContext& context);

 private:
  struct Entry {
    std::string title, detail, shortcut;
    bool enabled = true;
    int score = 0;
    std::function<void(PanelContext&, UiState&)> run;
  };
  std::vector<Entry> matches(const PanelContext& context) const;
  void draw_entries(PanelContext& context, const std::vector<Entry>& entries, bool moved, bool accepted);

  UiState& ui_;
  std::string query_;
  int chosen_ = 0;
  bool opening_ = false;
};

}  // namespace tauscope::gui
