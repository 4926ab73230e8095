#include "app/gui/inspector.h"

#include <fmt/format.h>
#include <imgui.h>

#include <array>

#include "app/gui/fonts.h"
#include "app/gui/token_text.h"
#include "app/gui/widgets.h"
#include "app/session/plots.h"

namespace tauscope::gui {

void Inspector::draw_token(PanelContext& context, std::int64_t position) {
  const ScoredExample& example = *context.session.example();
  const auto at = static_cast<std::size_t>(position);
  const StripToken token = at < example.response.size() ? example.response[at] : StripToken{};
  ImGui::PushFont(context.fonts.heading());
  text_elided(token.id < 0 && token.bytes.empty() ? "unknown token" : token_name(token.id, token.bytes),
              ImGui::GetContentRegionAvail().x);
  ImGui::PopFont();
  const float width = ImGui::GetContentRegionAvail().x;
  const auto line = [&](const std::string& content) {
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    text_elided(content, width);
    ImGui::PopStyleColor();
  };
  line(fmt::format("position {} (of 0 … {}){}", position, example.rows - 1,
                   token.id >= 0 ? fmt::format(" · id {}", token.id) : ""));
  if (!token.bytes.empty()) line("bytes " + hex_bytes(token.bytes));
  const bool preview = context.view().pinned != context.session.focused_position();
  line(preview ? "preview: click pins it" : "pinned");  // always a line: nothing below it jumps
}

void Inspector::draw(PanelContext& context) {
  const auto position = context.session.focused_position();
  const auto example = context.session.example();
  if (!example || !position) {
    empty_note(context, example ? no_token_note
                                : "What a token is, in numbers, appears here once an example is open.");
    return;
  }
  draw_token(context, *position);
  ImGui::Spacing();
  constexpr std::array labels{"Scalars", "Top tokens"};
  constexpr std::array helps{
      "Every quantity of this position, one column per student",
      "The teacher's most probable tokens here with both probabilities and both gradients"};
  segmented(context, "shown", labels, helps, shown_);
  TableWidget& table = shown_ == 0 ? token_ : top_;
  TableWidget::Options options;
  options.compact = true;
  table.draw(context, options);
}

}  // namespace tauscope::gui
