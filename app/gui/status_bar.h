// The rows at the bottom: a line that says what goes on, and above it, unfolded, jobs and messages.
#pragma once

#include "app/gui/jobs_panel.h"
#include "app/gui/messages_panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

class StatusBar {
 public:
  explicit StatusBar(UiState& ui) : ui_(ui) {}
  float height(const PanelContext& context) const;
  void draw(PanelContext& context);

 private:
  float unfolded_height(const PanelContext& context) const;
  void unfold_for_news(const PanelContext& context);
  void draw_unfolded(PanelContext& context, float height);
  void draw_line(PanelContext& context);
  void draw_work(PanelContext& context);
  void draw_latest(PanelContext& context, float width);

  UiState& ui_;
  JobsPanel jobs_;
  MessagesPanel messages_;
  std::size_t seen_ = 0;       ///< messages at the last frame
  std::size_t news_from_ = 0;  ///< messages before it are of earlier sources
  bool was_loading_ = false;
};

}  // namespace tauscope::gui
