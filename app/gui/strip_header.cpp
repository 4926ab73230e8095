#include "app/gui/strip_header.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>

#include "app/gui/fonts.h"
#include "app/gui/token_strip.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

void append_utf8(std::string& out, unsigned c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
            static_cast<char>(0x80 | (c & 0x3F))};
  }
}

/// Digits and brackets are shortcuts; letters of any script start a search.
bool starts_search(unsigned c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c > 0xBF;
}

/// Text that was put in by typing shall not be replaced by the next letter.
int keep_typed(ImGuiInputTextCallbackData* data) {
  auto* fresh = static_cast<bool*>(data->UserData);
  if (*fresh) {
    data->ClearSelection();
    data->CursorPos = data->BufTextLen;
    *fresh = false;
  }
  return 0;
}

}  // namespace

void TokenSearch::take_typing() {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput || ImGui::IsAnyItemActive() || io.KeyCtrl || io.KeyAlt ||
      ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) {
    return;
  }
  for (const ImWchar c : io.InputQueueCharacters)
    if (starts_search(c) || !typed_.empty()) append_utf8(typed_, c);
  if (!typed_.empty()) ui_.focus_search = true;
}

void TokenSearch::draw(PanelContext& context, float width) {
  if (!active_ && !ui_.focus_search) text_ = context.view().search;
  bool edited = false;
  if (ui_.focus_search) {
    ImGui::SetKeyboardFocusHere();
    ui_.focus_search = false;
    if (!typed_.empty()) {
      text_ = std::exchange(typed_, {});
      opened_by_typing_ = edited = true;
    }
    active_ = true;
  }
  ImGui::SetNextItemWidth(width);
  const bool entered =
      ImGui::InputTextWithHint("##search", "Search tokens", &text_,
                               ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackAlways,
                               keep_typed, &opened_by_typing_);
  edited = edited || ImGui::IsItemEdited();
  active_ = ImGui::IsItemActive();
  tooltip("Text in the example's tokens (Ctrl+F, or just type). Enter and F3 pin the next match.");
  const auto pinned = context.view().pinned;
  const auto example = context.session.example();
  const bool on_match = example && pinned && *pinned < static_cast<std::int64_t>(example->response.size()) &&
                        matches_search(example->response[static_cast<std::size_t>(*pinned)].bytes, text_);
  if (entered) {
    context.out.emplace_back(SearchTokens{text_});
    ImGui::SetKeyboardFocusHere(-1);
  } else if (edited && (!on_match || text_.empty()) && text_ != context.view().search) {
    context.out.emplace_back(SearchTokens{text_});
  }
}

void example_caption(PanelContext& context, float width) {
  const auto workspace = context.session.workspace();
  const auto example = context.session.example();
  if (!workspace) return;
  std::string caption = fmt::format("Example {}", context.view().example), title;
  for (const ExampleTitle& entry : workspace->examples) {
    if (entry.index != context.view().example) continue;
    if (!entry.category.empty()) caption += " · " + entry.category;
    title = entry.title;
  }
  if (example) caption += fmt::format(" · {} tokens", example->rows);
  ImGui::PushFont(context.fonts.bold());
  const float bold = text_width(caption);
  text_elided(caption, width);
  ImGui::PopFont();
  const float rest = width - bold - ImGui::GetStyle().ItemSpacing.x;
  if (rest > context.em(5) && !title.empty()) {
    ImGui::SameLine();
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    text_elided(title, rest);
    ImGui::PopStyleColor();
  }
}

}  // namespace tauscope::gui
