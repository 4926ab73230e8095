// What the user should read; each message stays until it is dismissed.
#pragma once

#include "app/gui/panel.h"

namespace tauscope::gui {

class MessagesPanel final : public Panel {
 public:
  const char* title() const override { return "Messages"; }
  void draw(PanelContext& context) override;
};

Colour level_colour(const Theme& theme, Message::Level level);
/// "error", "warning", "note": never told by colour alone.
const char* level_name(Message::Level level);

}  // namespace tauscope::gui
