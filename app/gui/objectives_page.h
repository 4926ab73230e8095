// The registry of objectives: formula, parameters and presets of each; two of them compared on the pinned
// token and over τ.
#pragma once

#include "app/gui/plot_card.h"
#include "kernels/objective.h"

namespace tauscope::gui {

class ObjectivesPage final : public Panel {
 public:
  explicit ObjectivesPage(UiState& ui) : ui_(ui) {}
  const char* title() const override { return "Objectives"; }
  void draw(PanelContext& context) override;

 private:
  void draw_registry(PanelContext& context);
  void draw_objective(PanelContext& context, const Objective& registered);
  void draw_choice(PanelContext& context);
  void draw_plots(PanelContext& context);

  UiState& ui_;
};

}  // namespace tauscope::gui
