// Distillation runs: starting them, watching them side by side, and taking their checkpoints elsewhere.
#pragma once

#include <filesystem>

#include "app/gui/distill_setup.h"
#include "app/gui/plot_card.h"
#include "app/gui/table_widget.h"

namespace tauscope::gui {

class DistillPage final : public Panel {
 public:
  explicit DistillPage(UiState& ui) : ui_(ui), setup_(ui), runs_("runs", ui) {}
  const char* title() const override { return "Distill"; }
  void draw(PanelContext& context) override;

 private:
  void draw_bar(PanelContext& context);
  void draw_runs(PanelContext& context);
  void draw_run(PanelContext& context, std::size_t run);
  void draw_checkpoints(PanelContext& context, const RunView& run);

  UiState& ui_;
  DistillSetup setup_;
  TableWidget runs_;
};

}  // namespace tauscope::gui
