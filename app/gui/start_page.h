// Nothing is open: what to do.
#pragma once

#include <optional>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

class StartPage final : public Panel {
 public:
  explicit StartPage(UiState& ui) : ui_(ui) {}
  const char* title() const override { return "Start"; }
  void draw(PanelContext& context) override;

 private:
  void draw_steps(PanelContext& context);
  void draw_other(PanelContext& context);
  void draw_recent(PanelContext& context);

  UiState& ui_;
  std::optional<Sources> demo_;  ///< looked for once
};

}  // namespace tauscope::gui
