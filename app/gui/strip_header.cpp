#include "app/gui/strip_header.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <utility>

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

/// Puts what was typed before the field had the keyboard in front of what is typed now.
int insert_typed(ImGuiInputTextCallbackData* data) {
  auto* typed = static_cast<std::string*>(data->UserData);
  if (typed->empty()) return 0;
  data->InsertChars(0, typed->c_str());
  data->CursorPos = data->BufTextLen;
  data->ClearSelection();
  typed->clear();
  return 0;
}

}  // namespace

void TokenSearch::take_typing() {
  ImGuiIO& io = ImGui::GetIO();
  const bool waits = !typed_.empty();  // the field gets the keyboard a frame or two after it was asked to
  if (!waits && (io.WantTextInput || ImGui::IsAnyItemActive() || io.KeyCtrl || io.KeyAlt ||
                 ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel))) {
    return;
  }
  constexpr std::size_t most = 64;
  for (const ImWchar c : io.InputQueueCharacters)
    if (typed_.size() < most && (starts_search(c) || !typed_.empty())) append_utf8(typed_, c);
  if (typed_.empty()) return;
  io.InputQueueCharacters.resize(
      0);  // or the field would take them as well, in the frame in which it wakes up
  if (!waits) ui_.focus_search = true;
}

void TokenSearch::draw(PanelContext& context, float width) {
  if (!active_) take_typing();
  if (!active_) text_ = typed_.empty() ? context.view().search : "";
  if (std::exchange(ui_.focus_search, false)) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(width);
  const bool entered = ImGui::InputTextWithHint(
      "##search", "Search tokens", &text_,
      ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackAlways, insert_typed, &typed_);
  const bool edited = ImGui::IsItemEdited();
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

bool student_combo(PanelContext& context, const char* id, std::size_t& student, const char* help) {
  const auto workspace = context.session.workspace();
  const auto& students = workspace->students;
  const std::size_t now = std::min(student, students.size() - 1);
  const float size = ImGui::GetFrameHeight();
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddCircleFilled(ImVec2(corner.x + size * 0.3f, corner.y + size / 2),
                                              size * 0.2f, packed(student_colour(context.theme, now)));
  ImGui::Dummy(ImVec2(size * 0.6f, size));
  ImGui::SameLine(0, context.em(0.3f));
  float names = 0;
  for (const ModelCard& each : students)
    names = std::max(names, text_width(screen_text(each.name)));
  const float width =
      std::clamp(names + size + 2 * ImGui::GetStyle().FramePadding.x, context.em(6), context.em(11));
  ImGui::SetNextItemWidth(width);
  const std::string shown = elide(students[now].name, width - size - ImGui::GetStyle().FramePadding.x);
  bool changed = false;
  if (ImGui::BeginCombo(id, shown.c_str())) {
    for (std::size_t i = 0; i < students.size(); ++i) {
      ImGui::PushID(static_cast<int>(i));
      if (ImGui::Selectable(screen_text(students[i].name).c_str(), i == now) && i != now) {
        student = i;
        changed = true;
      }
      ImGui::PopID();
    }
    ImGui::EndCombo();
  } else {
    tooltip(shown == screen_text(students[now].name) ? help : (students[now].name + ": " + help).c_str());
  }
  return changed;
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
