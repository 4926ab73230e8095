#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>

#include "app/gui/fonts.h"
#include "app/gui/sources_panel.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

void ExampleList::draw(PanelContext& context) {
  const auto workspace = context.session.workspace();
  if (!workspace) return;
  if (workspace_ != workspace->id || filtered_by_ != filter_) refilter(*workspace);
  heading(context, shown_.size() == workspace->examples.size()
                       ? fmt::format("Examples ({})", shown_.size())
                       : fmt::format("Examples ({} of {})", shown_.size(), workspace->examples.size()));
  if (ui_.focus_filter) ImGui::SetKeyboardFocusHere();
  ui_.focus_filter = false;
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##filter", "Filter", &filter_);
  tooltip("Only examples whose title or category contains this text, or whose number it is (Ctrl+Shift+F)");
  if (!ImGui::BeginChild("##examples")) {
    ImGui::EndChild();
    return;
  }
  if (shown_.empty()) {
    text_muted_wrapped(context,
                       filter_.empty() ? "The data has no example." : "No example matches the filter.");
  }
  const std::int64_t now = context.view().example;
  const float row = ImGui::GetTextLineHeightWithSpacing(),
              number = text_width(std::to_string(
                           workspace->examples.empty() ? 0 : workspace->examples.back().index)) +
                       context.em(0.6f);
  if (followed_ != now) {
    followed_ = now;
    const auto at = std::find_if(shown_.begin(), shown_.end(),
                                 [&](std::size_t i) { return workspace->examples[i].index == now; });
    const float top = static_cast<float>(at - shown_.begin()) * row;
    if (at != shown_.end() &&
        (top < ImGui::GetScrollY() || top + row > ImGui::GetScrollY() + ImGui::GetWindowHeight()))
      ImGui::SetScrollY(std::max(0.0f, top - ImGui::GetWindowHeight() / 2));
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()), row);
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const ExampleTitle& example = workspace->examples[shown_[static_cast<std::size_t>(i)]];
      ImGui::PushID(i);
      const float width = ImGui::GetContentRegionAvail().x;
      if (ImGui::Selectable("##example", example.index == now)) {
        followed_ = example.index;
        context.out.emplace_back(SelectExample{example.index});
      }
      tooltip(example.category.empty() ? example.title
                                       : fmt::format("{}\n{}", example.title, example.category));
      const std::string label = std::to_string(example.index);
      ImGui::SameLine(std::max(0.0f, number - text_width(label)));
      text_muted(context, label);
      ImGui::SameLine(number + context.em(0.5f));
      text(elide(example.title, width - number - context.em(0.5f)));
      ImGui::PopID();
    }
  }
  ImGui::EndChild();
}

}  // namespace tauscope::gui
