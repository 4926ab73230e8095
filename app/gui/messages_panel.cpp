#include "app/gui/messages_panel.h"

#include <imgui.h>

#include <algorithm>

#include "app/gui/widgets.h"

namespace tauscope::gui {

Colour level_colour(const Theme& theme, Message::Level level) {
  switch (level) {
    case Message::Level::error:
      return theme.error;
    case Message::Level::warning:
      return theme.warning;
    case Message::Level::note:
      break;
  }
  return theme.muted;
}

const char* level_name(Message::Level level) {
  switch (level) {
    case Message::Level::error:
      return "error";
    case Message::Level::warning:
      return "warning";
    case Message::Level::note:
      break;
  }
  return "note";
}

void MessagesPanel::draw(PanelContext& context) {
  const auto& messages = context.session.messages();
  if (messages.empty()) {
    text_muted_wrapped(context, "No messages.");
    return;
  }
  if (messages.size() > 1 && ImGui::SmallButton("Dismiss all")) {
    for (std::size_t i = messages.size(); i-- > 0;)
      context.out.emplace_back(DismissMessage{i});
  }
  const float level = text_width("warning") + context.em(0.8f);
  const float button = text_width("Dismiss") + ImGui::GetStyle().FramePadding.x * 2 + context.em(0.8f);
  for (std::size_t i = messages.size(); i-- > 0;) {  // latest first
    const Message& message = messages[i];
    ImGui::PushID(static_cast<int>(i));
    const float left = ImGui::GetCursorPosX(), right = ImGui::GetWindowContentRegionMax().x;
    text_coloured(level_colour(context.theme, message.level), level_name(message.level));
    ImGui::SameLine(left + level);
    ImGui::PushTextWrapPos(std::max(left + level + context.em(6), right - button));
    text(message.text);
    ImGui::PopTextWrapPos();
    ImGui::SameLine(std::max(left + level, right - button + context.em(0.8f)));
    if (ImGui::SmallButton("Dismiss")) context.out.emplace_back(DismissMessage{i});
    tooltip("I have read it");
    ImGui::Separator();
    ImGui::PopID();
  }
}

}  // namespace tauscope::gui
