#include "app/gui/command_table.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "app/gui/widgets.h"

namespace tauscope::gui {

double stepped_tau(double tau, int by) {
  const double next = tau * std::exp2(by / 6.0);
  for (const double mark : {1.0, 2.0, 4.0, 8.0}) {
    // A step never jumps over a mark, and lands on one that is nearer than a third of a step.
    const bool passes = by > 0 ? tau < mark && next > mark : tau > mark && next < mark;
    if (passes || std::abs(std::log2(next / mark)) < 1.0 / 18) return mark;
  }
  const double unit = std::pow(10.0, std::floor(std::log10(next)) - 2);  // three digits are enough to read
  return std::clamp(std::round(next / unit) * unit, 0.1, 20.0);
}

const Action* find_action(std::string_view id) {
  for (const Action& action : actions())
    if (action.id == id) return &action;
  return nullptr;
}

const char* menu_title(Menu menu) {
  constexpr std::array titles{"File", "Edit", "View", "Go", "Help"};
  return titles.at(static_cast<std::size_t>(menu));
}

bool enabled(const Action& action, const PanelContext& context) {
  return !action.enabled || action.enabled(context);
}

namespace {

/// Menus and lists that are open; dialogs close themselves. ImGui does it only where it moves with the keys.
void close_menu_on_escape() {
  const auto& open = ImGui::GetCurrentContext()->OpenPopupStack;
  if (open.empty() || !key_pressed(Key::escape)) return;
  const ImGuiWindow* top = open.back().Window;
  if (top && !(top->Flags & ImGuiWindowFlags_Modal)) ImGui::ClosePopupToLevel(open.Size - 1, true);
}

}  // namespace

void run_shortcuts(PanelContext& context, UiState& ui) {
  const bool popup = ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
  if (popup || ImGui::GetIO().WantTextInput || ImGui::IsAnyItemActive()) {
    if (popup) close_menu_on_escape();
    const Action* quit = find_action("quit");  // leaving is possible from everywhere
    if (quit && shortcut_pressed(quit->shortcut, false)) quit->run(context, ui);
    return;
  }
  for (const Action& action : actions()) {
    if (shortcut_pressed(action.shortcut, action.repeats) && enabled(action, context))
      action.run(context, ui);
  }
}

void draw_menu(PanelContext& context, UiState& ui, Menu menu) {
  for (const Action& action : actions()) {
    if (action.menu != menu) continue;
    if (action.starts_group) ImGui::Separator();
    const std::string shortcut = shortcut_text(action.shortcut);
    const bool on = action.checked && action.checked(context, ui);
    if (ImGui::MenuItem(action.title, shortcut.c_str(), on, enabled(action, context)))
      action.run(context, ui);
    tooltip(action.help);
  }
}

}  // namespace tauscope::gui
