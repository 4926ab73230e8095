#include "app/gui/widgets.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/gui/fonts.h"
#include "core/report/figure_parts.h"

namespace tauscope::gui {

namespace {

// ImGui is one global context as well; this belongs to it.
bool frame_requested = false;

double linear(std::uint8_t channel) {
  const double c = channel / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

/// Bytes of the longest prefix of whole code points that is at most `width` wide.
std::size_t fitting(std::string_view text, float width) {
  const char* end = nullptr;
  ImGui::GetFont()->CalcTextSizeA(ImGui::GetFontSize(), width, 0, text.data(), text.data() + text.size(),
                                  &end);
  return end ? static_cast<std::size_t>(end - text.data()) : text.size();
}

void centred_lines(const PanelContext& context, std::string_view bytes) {
  const std::string text = screen_lines(bytes);
  const float width = std::min(ImGui::GetContentRegionAvail().x, context.em(30));
  const float indent = std::max(0.0f, (ImGui::GetContentRegionAvail().x - width) / 2);
  const ImVec2 size = ImGui::CalcTextSize(text.data(), text.data() + text.size(), false, width);
  const float space = ImGui::GetContentRegionAvail().y - size.y;
  if (space > 0) ImGui::SetCursorPosY(ImGui::GetCursorPosY() + space * 0.4f);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + indent + (width - size.x) / 2);
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + size.x + 1);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopTextWrapPos();
}

}  // namespace

ImU32 packed(Colour c) {
  return IM_COL32(c.r, c.g, c.b, c.a);
}
ImVec4 vec4(Colour c) {
  return {c.r / 255.0f, c.g / 255.0f, c.b / 255.0f, c.a / 255.0f};
}

Colour readable_ink(Colour fill) {
  const double luminance = 0.2126 * linear(fill.r) + 0.7152 * linear(fill.g) + 0.0722 * linear(fill.b);
  // Where black and white contrast equally (WCAG).
  return luminance > 0.179 ? Colour{10, 10, 10, 255} : Colour{250, 250, 250, 255};
}

Colour student_colour(const Theme& theme, std::size_t student) {
  return theme.figure.colour_of(detail::student_look(student));
}

void request_frame() {
  frame_requested = true;
}
bool take_frame_request() {
  return std::exchange(frame_requested, false);
}

std::string screen_lines(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at <= bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    if (at > 0) out += '\n';
    out += screen_text(bytes.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

void tooltip(std::string_view text) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  constexpr float delay_seconds = 0.35f;
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  if (ImGui::GetItemID() != 0 && g.HoveredId == ImGui::GetItemID() && g.HoveredIdTimer < delay_seconds) {
    request_frame();
    return;
  }
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 26);
  gui::text(text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void text(std::string_view bytes) {
  const std::string shown = screen_lines(bytes);
  ImGui::TextUnformatted(shown.data(), shown.data() + shown.size());
}
void text_wrapped(std::string_view t) {
  ImGui::PushTextWrapPos(0);
  text(t);
  ImGui::PopTextWrapPos();
}
void text_coloured(Colour colour, std::string_view t) {
  ImGui::PushStyleColor(ImGuiCol_Text, packed(colour));
  text(t);
  ImGui::PopStyleColor();
}
void text_muted(const PanelContext& context, std::string_view t) {
  text_coloured(context.theme.muted, t);
}
void text_muted_wrapped(const PanelContext& context, std::string_view t) {
  ImGui::PushTextWrapPos(0);
  text_muted(context, t);
  ImGui::PopTextWrapPos();
}

float text_width(std::string_view t) {
  return ImGui::CalcTextSize(t.data(), t.data() + t.size()).x;
}

std::string elide(std::string_view t, float width) {
  const std::size_t line_end = std::min(t.find('\n'), t.size());
  const bool one_line = line_end == t.size();
  std::string shown = screen_text(t.substr(0, line_end));
  if (one_line && text_width(shown) <= width) return shown;
  const float room = width - text_width("…");
  return shown.substr(0, room > 0 ? fitting(shown, room) : 0) + "…";
}

std::string elide_middle(std::string_view t, float width) {
  const std::string whole = screen_text(t);
  if (text_width(whole) <= width) return whole;
  const float room = width - text_width("…");
  if (room <= 0) return "…";
  const std::string head = whole.substr(0, fitting(whole, room * 0.5f));
  std::size_t start = whole.size();
  while (start > head.size()) {
    std::size_t before = start - 1;
    while (before > head.size() && (static_cast<unsigned char>(whole[before]) & 0xC0) == 0x80)
      --before;  // whole code points
    if (text_width(head) + text_width(std::string_view(whole).substr(before)) > room) break;
    start = before;
  }
  return head + "…" + whole.substr(start);
}

void text_elided(std::string_view t, float width) {
  const std::string shown = elide(t, width);
  text(shown);
  if (shown != screen_text(t)) tooltip(t);
}

bool quiet_button(const PanelContext& context, const char* label) {
  ImGui::PushStyleColor(ImGuiCol_Button, IM_COL32(0, 0, 0, 0));
  ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.accent));
  const bool pressed = ImGui::Button(label);
  ImGui::PopStyleColor(2);
  return pressed;
}

void heading(const PanelContext& context, std::string_view t) {
  text_muted(context, t);
}

float segmented_width(std::span<const char* const> labels) {
  float width = 0;
  for (const char* label : labels)
    width += text_width(label) + ImGui::GetStyle().FramePadding.x * 2;
  return width;
}

bool toggle_button(const PanelContext& context, const char* label, bool on) {
  if (!on) return ImGui::Button(label);
  const Colour fill = mix(context.theme.panel, context.theme.accent, 0.85);
  for (const ImGuiCol part : {ImGuiCol_Button, ImGuiCol_ButtonHovered, ImGuiCol_ButtonActive})
    ImGui::PushStyleColor(part, packed(fill));
  ImGui::PushStyleColor(ImGuiCol_Text, packed(readable_ink(fill)));
  const bool pressed = ImGui::Button(label);
  ImGui::PopStyleColor(4);
  return pressed;
}

bool segmented(const PanelContext& context, const char* id, std::span<const char* const> labels,
               std::span<const char* const> helps, int& chosen) {
  bool changed = false;
  ImGui::PushID(id);
  ImGui::BeginGroup();
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(1, ImGui::GetStyle().ItemSpacing.y));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) ImGui::SameLine();
    const bool on = static_cast<int>(i) == chosen;
    if (toggle_button(context, labels[i], on) && !on) {
      chosen = static_cast<int>(i);
      changed = true;
    }
    if (i < helps.size()) tooltip(helps[i]);
  }
  ImGui::PopStyleVar();
  ImGui::EndGroup();
  ImGui::PopID();
  return changed;
}

void flow(float width) {
  const float right = ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x;
  const float next = ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x;
  if (next + width <= right) ImGui::SameLine();
}

void spinner(const PanelContext& context) {
  request_frame();
  const float size = ImGui::GetTextLineHeight();
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 centre(corner.x + size / 2, corner.y + size / 2);
  constexpr float turn = 2 * IM_PI;
  const float start = static_cast<float>(std::fmod(ImGui::GetTime() * 4.0, static_cast<double>(turn)));
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->PathArcTo(centre, size * 0.36f, start, start + turn * 0.7f, 24);
  list->PathStroke(packed(context.theme.accent), 0, std::max(1.5f, size * 0.11f));
  ImGui::Dummy(ImVec2(size, size));
}

void loading_note(const PanelContext& context, std::string_view t) {
  const float width = ImGui::GetTextLineHeight() + ImGui::GetStyle().ItemSpacing.x + text_width(t);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > width) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (room.x - width) / 2);
  if (room.y > ImGui::GetTextLineHeight() * 2) {
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + (room.y - ImGui::GetTextLineHeight()) * 0.4f);
  }
  spinner(context);
  ImGui::SameLine();
  text_muted_wrapped(context, t);
}

void error_note(const PanelContext& context, std::string_view title, std::string_view t) {
  const ImVec2 start = ImGui::GetCursorScreenPos();
  const float pad = context.em(0.5f);
  ImGui::Indent(pad * 1.6f);
  ImGui::BeginGroup();
  text_coloured(context.theme.error, title);
  text_wrapped(t);
  ImGui::EndGroup();
  ImGui::Unindent(pad * 1.6f);
  const ImVec2 end = ImGui::GetItemRectMax();
  ImGui::GetWindowDrawList()->AddRectFilled(ImVec2(start.x + pad * 0.4f, start.y),
                                            ImVec2(start.x + pad * 0.8f, end.y), packed(context.theme.error));
}

void empty_note(const PanelContext& context, std::string_view t) {
  ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
  centred_lines(context, t);
  ImGui::PopStyleColor();
}

void splitter(const char* id, bool vertical, float thickness, float length, float& size, float low,
              float high, bool inverted, float standard) {
  ImGui::InvisibleButton(
      id, vertical ? ImVec2(thickness, std::max(length, 1.0f)) : ImVec2(std::max(length, 1.0f), thickness));
  const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
  if (active || hovered) {
    ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    const ImVec2 a = ImGui::GetItemRectMin(), b = ImGui::GetItemRectMax();
    ImGui::GetWindowDrawList()->AddRectFilled(
        a, b, ImGui::GetColorU32(active ? ImGuiCol_SeparatorActive : ImGuiCol_SeparatorHovered));
  }
  if (active) {
    const float moved = vertical ? ImGui::GetIO().MouseDelta.x : ImGui::GetIO().MouseDelta.y;
    size += inverted ? -moved : moved;
  }
  if (hovered && ImGui::IsMouseDoubleClicked(0)) size = standard;
  size = std::clamp(size, low, std::max(low, high));
}

}  // namespace tauscope::gui
