// One table of what can be done: menus, shortcuts, the palette and the sheet of shortcuts are made from it,
// so that they agree.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/gui/keys.h"
#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

enum class Menu : std::uint8_t { file, edit, view, go, help };

struct Action {
  const char* id;     ///< unique; stable
  const char* title;  ///< as menus and the palette show it
  Menu menu;
  Shortcut shortcut;
  const char* help;                                                  ///< tooltip
  bool repeats;                                                      ///< while the key is held
  bool starts_group;                                                 ///< a line above it in the menu
  std::function<bool(const PanelContext&)> enabled;                  ///< empty: always
  std::function<bool(const PanelContext&, const UiState&)> checked;  ///< empty: has no mark
  std::function<void(PanelContext&, UiState&)> run;
};

/// All of them; command_list.cpp.
std::span<const Action> actions();
const Action* find_action(std::string_view id);
const char* menu_title(Menu menu);
bool enabled(const Action& action, const PanelContext& context);

/// Runs the actions whose shortcuts were pressed in this frame. While a text field has the keyboard or a menu
/// is open only "quit" is one; Escape closes the menu.
void run_shortcuts(PanelContext& context, UiState& ui);

/// The actions of a menu as items of the menu that is open.
void draw_menu(PanelContext& context, UiState& ui, Menu menu);

/// The command that brings the slider one step further: a sixth of an octave, catching 1, 2, 4 and 8.
double stepped_tau(double tau, int by);

}  // namespace tauscope::gui
