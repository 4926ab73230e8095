#include "app/gui/token_strip.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/gui/number_text.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

bool matches_search(const std::string& bytes, const std::string& search) {
  if (search.empty()) return false;
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::search(bytes.begin(), bytes.end(), search.begin(), search.end(), same) != bytes.end();
}

void TokenStrip::draw_cell(PanelContext& context, const TokenCell& cell, const StripContent& content,
                           const Geometry& at) const {
  const Theme& theme = context.theme;
  const ScoredExample& example = *context.session.example();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float x = std::round(at.corner.x + cell.x), y = at.corner.y + static_cast<float>(cell.line) * at.line;
  const ImVec2 low(x, y), high(std::round(x + cell.width), y + at.height);
  Colour ink = theme.muted;
  if (!cell.prompt) {
    const double value =
        cell.index < content.values.size() ? content.values[cell.index] : RowStatistics::none;
    const bool known = std::isfinite(value) && content.scale.any;
    Colour fill = known ? content.scale.colour(value, mix(theme.panel, theme.ink, 0.08))
                        : mix(theme.panel, theme.ink, 0.12);
    if (!content.is_current) fill = mix(fill, theme.panel, 0.55);
    list->AddRectFilled(low, high, packed(fill), std::round(at.pad * 0.6f));
    ink = readable_ink(fill);
    if (!known && !content.values.empty()) {  // not a value: a stroke, so that it is not taken for a low one
      list->AddLine(ImVec2(low.x + 1, high.y - 1), ImVec2(high.x - 1, low.y + 1),
                    packed(with_alpha(theme.muted, 0.6)));
    }
    if (matches_search(example.response[cell.index].bytes, context.view().search)) {
      const float thick = std::max(2.0f, at.pad * 0.6f);
      list->AddRectFilled(ImVec2(low.x, high.y - thick), high, packed(theme.warning));
    }
  }
  float text_x = x + at.pad;
  const float text_y = std::round(y + (at.height - ImGui::GetTextLineHeight()) / 2);
  for (const TokenPiece& piece : cell.text.pieces) {
    const Colour colour = piece.sign ? with_alpha(ink, cell.prompt ? 0.55 : 0.5) : ink;
    list->AddText(ImVec2(text_x, text_y), packed(colour), piece.text.data(),
                  piece.text.data() + piece.text.size());
    text_x += text_width(piece.text);
  }
}

void TokenStrip::draw_frames(PanelContext& context, const Geometry& at) {
  const auto frame = [&](std::optional<std::int64_t> position, Colour colour, float thick) {
    if (!position) return;
    const auto index = layout_.cell_of(*position);
    if (!index) return;
    const TokenCell& cell = layout_.cells()[*index];
    const float x = std::round(at.corner.x + cell.x),
                y = at.corner.y + static_cast<float>(cell.line) * at.line;
    ImGui::GetWindowDrawList()->AddRect(ImVec2(x - 1, y - 1),
                                        ImVec2(std::round(x + cell.width) + 1, y + at.height + 1),
                                        packed(colour), std::round(at.pad * 0.6f), 0, thick);
  };
  const float thin = std::max(1.0f, std::round(context.em(0.07f)));
  const auto focused = context.session.focused_position();
  if (focused != context.view().pinned) frame(focused, context.theme.ink, thin);
  frame(context.view().pinned, context.theme.ink, 2 * thin + 1);
  frame(context.view().pinned, context.theme.accent, 2 * thin);
}

std::optional<float> TokenStrip::follow_pinned(PanelContext& context, const Geometry& at) {
  const auto pinned = context.view().pinned;
  if (followed_ == pinned && layout_seen_ == layout_.generation()) return std::nullopt;
  followed_ = pinned;
  layout_seen_ = layout_.generation();
  const auto index = pinned ? layout_.cell_of(*pinned) : std::nullopt;
  if (!index) return std::nullopt;
  const float top = static_cast<float>(layout_.cells()[*index].line) * at.line;
  const float now = ImGui::GetScrollY(), room = ImGui::GetWindowHeight();
  if (top >= now && top + 2 * at.line <= now + room) return std::nullopt;
  // Whole lines, with the token's in the middle.
  const float place = std::max(0.0f, std::floor((top - room / 2 + at.line) / at.line) * at.line);
  ImGui::SetScrollY(place);
  return place;
}

std::optional<float> TokenStrip::show_response(const ScoredExample& example, const Geometry& at) {
  if (example_ == example.id) return std::nullopt;
  example_ = example.id;
  followed_.reset();
  const auto first = layout_.cell_of(0);
  if (!first || !layout_.cells()[*first].line) return std::nullopt;
  const float before = static_cast<float>(layout_.cells()[*first].line) - 1;  // a line of the prompt leads in
  const float most = std::max(0.0f, static_cast<float>(layout_.lines()) * at.line - ImGui::GetWindowHeight());
  const float place = std::min(before * at.line, std::ceil(most / at.line) * at.line);
  ImGui::SetScrollY(place);
  return place;
}

const TokenCell* TokenStrip::under_cursor(const Geometry& at) const {
  if (!ImGui::IsWindowHovered()) return nullptr;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const float down = mouse.y - at.corner.y;
  if (down < 0) return nullptr;
  return layout_.cell_at(static_cast<std::size_t>(down / at.line), mouse.x - at.corner.x);
}

void TokenStrip::explain(PanelContext& context, const TokenCell& cell, const StripContent& content) const {
  const ScoredExample& example = *context.session.example();
  const StripToken& token = cell.prompt ? example.prompt[cell.index] : example.response[cell.index];
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(context.em(26));
  ImGui::PushFont(context.fonts.bold());
  text(token_name(token.id, std::string_view(token.bytes).substr(0, 200)));
  ImGui::PopFont();
  if (token.id >= 0)
    text_muted(context,
               fmt::format("id {}   bytes {}", token.id,
                           token.bytes.empty() ? "not known" : hex_bytes(token.bytes.substr(0, 24))));
  if (cell.prompt) {
    text_muted(context, fmt::format("prompt token {}: not scored", cell.index));
  } else {
    text_muted(context, fmt::format("position {} (of 0 … {})", cell.index, example.rows - 1));
    const double value =
        cell.index < content.values.size() ? content.values[cell.index] : RowStatistics::none;
    text(fmt::format("{}: {}{}{}", content.value_name, number_text(value, 5),
                     content.scale.unit.empty() ? "" : " ", std::isnan(value) ? "" : content.scale.unit));
    if (!content.is_current)
      text_coloured(context.theme.warning, fmt::format("for τ = {}", number_text(content.tau)));
  }
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void TokenStrip::draw(PanelContext& context, const char* id, const StripContent& content, const ImVec2& size,
                      float* scroll) {
  if (!ImGui::BeginChild(id, size)) {
    ImGui::EndChild();
    return;
  }
  if (scroll) {
    if (ImGui::IsWindowHovered()) {
      *scroll = ImGui::GetScrollY();
    } else if (*scroll != ImGui::GetScrollY()) {
      ImGui::SetScrollY(*scroll);
    }
  }
  Geometry at;
  at.pad = std::round(context.em(0.22f));
  at.height = ImGui::GetTextLineHeight() + std::round(context.em(0.2f));
  at.line = at.height + std::round(context.em(0.22f));
  const float edge = 2;  // frames of pinned tokens stay inside
  at.corner = ImVec2(ImGui::GetCursorScreenPos().x + edge, ImGui::GetCursorScreenPos().y + edge);
  const float width = ImGui::GetContentRegionAvail().x - 2 * edge;
  layout_.update(*context.session.example(), context.fonts, width, at.pad,
                 std::max(1.0f, std::round(context.em(0.1f))));

  const float top = ImGui::GetScrollY();
  const auto first_line = static_cast<std::size_t>(std::max(0.0f, top / at.line - 1));
  const auto last_line = static_cast<std::size_t>((top + ImGui::GetWindowHeight()) / at.line + 1);
  const auto& cells = layout_.cells();
  for (std::size_t i = layout_.first_of_line(first_line); i < cells.size() && cells[i].line <= last_line; ++i)
    draw_cell(context, cells[i], content, at);
  draw_frames(context, at);

  const TokenCell* cell = under_cursor(at);
  if (cell) {
    explain(context, *cell, content);
    if (!cell->prompt) {
      const auto position = static_cast<std::int64_t>(cell->index);
      context.hovered = position;
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      if (ImGui::IsMouseClicked(0)) {
        followed_ = position;  // it is in sight
        context.out.emplace_back(
            PinToken{context.view().pinned == position ? std::nullopt : std::optional(position)});
      }
    }
  }
  const auto start = show_response(*context.session.example(), at);
  const auto followed = follow_pinned(context, at);
  if ((start || followed) && scroll) *scroll = followed ? *followed : *start;
  ImGui::Dummy(ImVec2(1, static_cast<float>(layout_.lines()) * at.line + edge));
  ImGui::EndChild();
}

}  // namespace tauscope::gui
