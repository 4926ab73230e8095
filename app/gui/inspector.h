// The pinned (else the hovered) token in numbers: what it is, its scalars, and the most probable tokens
// there.
#pragma once

#include "app/gui/table_widget.h"

namespace tauscope::gui {

class Inspector final : public Panel {
 public:
  explicit Inspector(UiState& ui) : ui_(ui), token_("token", ui), top_("top_tokens", ui) {}
  const char* title() const override { return "Inspector"; }
  void draw(PanelContext& context) override;

 private:
  void draw_token(PanelContext& context, std::int64_t position);

  UiState& ui_;
  TableWidget token_, top_;
  int shown_ = 0;  ///< scalars or top tokens
};

}  // namespace tauscope::gui
