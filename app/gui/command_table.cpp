#include "app/gui/command_table.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

constexpr Shortcut no_shortcut{};
constexpr Shortcut key(Key k) {
  return {k, false, false};
}
constexpr Shortcut ctrl(Key k) {
  return {k, true, false};
}
constexpr Shortcut ctrl_shift(Key k) {
  return {k, true, true};
}

using Enabled = std::function<bool(const PanelContext&)>;
using Checked = std::function<bool(const PanelContext&, const UiState&)>;

bool is_open(const PanelContext& c) {
  return c.session.workspace() != nullptr;
}
bool has_example(const PanelContext& c) {
  return c.session.example() != nullptr;
}
bool has_two_students(const PanelContext& c) {
  return is_open(c) && c.session.workspace()->students.size() > 1;
}
/// Analyses need the models; an earlier run or logits files have none.
bool has_checkpoints(const PanelContext& c) {
  return is_open(c) && !c.session.sources().teacher.empty();
}

/// An action that is one command.
template <typename Make>
auto does(Make make) {
  return [make](PanelContext& context, UiState&) { context.out.emplace_back(make(context)); };
}
auto browse(Pick pick) {
  return [pick](PanelContext&, UiState& ui) { ui.browse = UiState::Browse{pick, 0}; };
}
auto asks(bool UiState::*what) {
  return [what](PanelContext&, UiState& ui) { ui.*what = true; };
}
auto folds(bool UiState::*part) {
  return [part](PanelContext&, UiState& ui) { ui.*part = !(ui.*part); };
}
auto tab(Tab t) {
  return does([t](PanelContext&) { return SetTab{t}; });
}
Checked shows_tab(Tab t) {
  return [t](const PanelContext& c, const UiState&) { return c.view().tab == t; };
}
auto tau(double value) {
  return does([value](PanelContext&) { return SetTau{value}; });
}
auto zoom_by(double factor) {
  return does([factor](PanelContext& c) {
    return SetUiScale{std::clamp(std::round(c.view().ui_scale * factor * 20) / 20, 0.5, 3.0)};
  });
}

void add_files(std::vector<Action>& all) {
  all.push_back({"open_teacher",
                 "Open teacher…",
                 Menu::file,
                 ctrl(Key::o),
                 false,
                 "A checkpoint folder: config.json, weights and tokenizer.",
                 false,
                 {},
                 {},
                 browse(Pick::teacher)});
  all.push_back({"add_student",
                 "Add student…",
                 Menu::file,
                 ctrl_shift(Key::o),
                 false,
                 "Another checkpoint folder to hold against the teacher.",
                 false,
                 {},
                 {},
                 browse(Pick::student)});
  all.push_back(
      {"open_data",
       "Open data…",
       Menu::file,
       ctrl(Key::d),
       false,
       "JSON lines with prompts and responses: Dolly, Alpaca, Self-Instruct, Vicuna, S-NI, UnNI and others.",
       false,
       {},
       {},
       browse(Pick::data)});
  all.push_back({"open_teacher_logits",
                 "Open teacher logits…",
                 Menu::file,
                 no_shortcut,
                 false,
                 "A safetensors file with logits, instead of a checkpoint.",
                 false,
                 {},
                 {},
                 browse(Pick::teacher_logits)});
  all.push_back({"add_student_logits",
                 "Add student logits…",
                 Menu::file,
                 no_shortcut,
                 false,
                 "A safetensors file with a student's logits of the same positions.",
                 false,
                 [](const PanelContext& c) { return !c.session.sources().teacher_logits.empty(); },
                 {},
                 browse(Pick::student_logits)});
  all.push_back({"open_run",
                 "Open analysis…",
                 Menu::file,
                 ctrl_shift(Key::r),
                 false,
                 "The folder of an earlier analysis; it needs no checkpoints.",
                 false,
                 {},
                 {},
                 browse(Pick::run)});
  all.push_back(
      {"analyse",
       "Analyse the data set…",
       Menu::file,
       ctrl(Key::r),
       false,
       "Run every example of the data through the models in the background: tables, figures and a report.",
       true,
       has_checkpoints,
       {},
       asks(&UiState::analyse)});
  all.push_back({"export_all",
                 "Export all…",
                 Menu::file,
                 ctrl(Key::e),
                 false,
                 "Every table and figure of what is open, into one folder.",
                 true,
                 is_open,
                 {},
                 asks(&UiState::export_all)});
  all.push_back({"save_figure",
                 "Save figure…",
                 Menu::file,
                 ctrl(Key::s),
                 false,
                 "One plot as PNG, SVG, PDF or CSV.",
                 false,
                 is_open,
                 {},
                 [](PanelContext&, UiState& ui) { ui.save_figure = ""; }});
  all.push_back({"copy_command",
                 "Copy as command",
                 Menu::file,
                 ctrl_shift(Key::c),
                 false,
                 "The command line that repeats what is shown, to the clipboard.",
                 false,
                 is_open,
                 {},
                 does([](PanelContext&) { return CopyCommandLine{}; })});
  all.push_back({"quit",
                 "Quit",
                 Menu::file,
                 ctrl(Key::q),
                 false,
                 "Close the window. The session is kept.",
                 true,
                 {},
                 {},
                 asks(&UiState::quit)});
}

void add_edits(std::vector<Action>& all) {
  all.push_back({"undo",
                 "Undo",
                 Menu::edit,
                 ctrl(Key::z),
                 true,
                 "Take back the last change of the view.",
                 false,
                 [](const PanelContext& c) { return c.session.can_undo(); },
                 {},
                 does([](PanelContext&) { return Undo{}; })});
  all.push_back({"redo",
                 "Redo",
                 Menu::edit,
                 ctrl_shift(Key::z),
                 true,
                 "Bring back what was undone.",
                 false,
                 [](const PanelContext& c) { return c.session.can_redo(); },
                 {},
                 does([](PanelContext&) { return Redo{}; })});
  all.push_back({"search",
                 "Search tokens…",
                 Menu::edit,
                 ctrl(Key::f),
                 false,
                 "Find text in the example's tokens.",
                 true,
                 has_example,
                 {},
                 asks(&UiState::focus_search)});
  all.push_back({"search_next",
                 "Next match",
                 Menu::edit,
                 key(Key::f3),
                 true,
                 "Pin the next token that matches the search.",
                 false,
                 [](const PanelContext& c) { return has_example(c) && !c.view().search.empty(); },
                 {},
                 does([](PanelContext& c) { return SearchTokens{c.view().search}; })});
  all.push_back({"filter_examples",
                 "Filter examples…",
                 Menu::edit,
                 ctrl_shift(Key::f),
                 false,
                 "Show only examples whose title or category contains a text.",
                 false,
                 is_open,
                 {},
                 asks(&UiState::focus_filter)});
}

void add_views(std::vector<Action>& all) {
  all.push_back({"tab_explore",
                 "Explore",
                 Menu::view,
                 ctrl(Key::digit_1),
                 false,
                 "One student against the teacher.",
                 false,
                 {},
                 shows_tab(Tab::explore),
                 tab(Tab::explore)});
  all.push_back({"tab_compare",
                 "Compare",
                 Menu::view,
                 ctrl(Key::digit_2),
                 false,
                 "Two students against one teacher.",
                 false,
                 {},
                 shows_tab(Tab::compare),
                 tab(Tab::compare)});
  all.push_back({"tab_objectives",
                 "Objectives",
                 Menu::view,
                 ctrl(Key::digit_3),
                 false,
                 "Every objective: formula, parameters, presets; two of them compared.",
                 false,
                 {},
                 shows_tab(Tab::objectives),
                 tab(Tab::objectives)});
  all.push_back(
      {"theme",
       "Light theme",
       Menu::view,
       ctrl_shift(Key::l),
       false,
       "Dark or light.",
       true,
       {},
       [](const PanelContext& c, const UiState&) { return c.view().theme == tauscope::Theme::light; },
       does([](PanelContext& c) {
         return SetTheme{c.view().theme == tauscope::Theme::light ? tauscope::Theme::dark
                                                                  : tauscope::Theme::light};
       })});
  all.push_back({"zoom_in",
                 "Larger",
                 Menu::view,
                 ctrl(Key::equal),
                 true,
                 "Text and everything else larger.",
                 false,
                 {},
                 {},
                 zoom_by(1.1)});
  all.push_back({"zoom_out",
                 "Smaller",
                 Menu::view,
                 ctrl(Key::minus),
                 true,
                 "Text and everything else smaller.",
                 false,
                 {},
                 {},
                 zoom_by(1 / 1.1)});
  all.push_back({"zoom_reset",
                 "Usual size",
                 Menu::view,
                 ctrl(Key::digit_0),
                 false,
                 "The display's own scale.",
                 false,
                 {},
                 {},
                 does([](PanelContext&) { return SetUiScale{1}; })});
  all.push_back({"show_sources",
                 "Sources and examples",
                 Menu::view,
                 ctrl(Key::b),
                 false,
                 "The column on the left.",
                 true,
                 {},
                 [](const PanelContext&, const UiState& ui) { return ui.show_left; },
                 folds(&UiState::show_left)});
  all.push_back({"show_inspector",
                 "Inspector",
                 Menu::view,
                 ctrl(Key::i),
                 false,
                 "The column on the right.",
                 false,
                 {},
                 [](const PanelContext&, const UiState& ui) { return ui.show_right; },
                 folds(&UiState::show_right)});
  all.push_back({"show_jobs",
                 "Jobs and messages",
                 Menu::view,
                 ctrl(Key::j),
                 false,
                 "The rows at the bottom.",
                 false,
                 {},
                 [](const PanelContext&, const UiState& ui) { return ui.show_jobs; },
                 folds(&UiState::show_jobs)});
}

void add_moves(std::vector<Action>& all) {
  const auto step_token = [](int by) { return does([by](PanelContext&) { return StepToken{by}; }); };
  const auto step_example = [](int by) { return does([by](PanelContext&) { return StepExample{by}; }); };
  const auto step_tau = [](int by) {
    return does([by](PanelContext& c) { return SetTau{stepped_tau(c.view().tau, by)}; });
  };
  all.push_back({"next_token",
                 "Next token",
                 Menu::go,
                 key(Key::right),
                 true,
                 "Pin the token after this one.",
                 false,
                 has_example,
                 {},
                 step_token(1)});
  all.push_back({"previous_token",
                 "Previous token",
                 Menu::go,
                 key(Key::left),
                 true,
                 "Pin the token before this one.",
                 false,
                 has_example,
                 {},
                 step_token(-1)});
  all.push_back({"unpin",
                 "Unpin token",
                 Menu::go,
                 key(Key::escape),
                 false,
                 "No token is pinned.",
                 false,
                 [](const PanelContext& c) { return has_example(c) && c.view().pinned.has_value(); },
                 {},
                 does([](PanelContext&) { return PinToken{}; })});
  all.push_back({"next_example",
                 "Next example",
                 Menu::go,
                 key(Key::page_down),
                 true,
                 "The example after this one.",
                 true,
                 is_open,
                 {},
                 step_example(1)});
  all.push_back({"previous_example",
                 "Previous example",
                 Menu::go,
                 key(Key::page_up),
                 true,
                 "The example before this one.",
                 false,
                 is_open,
                 {},
                 step_example(-1)});
  all.push_back({"next_student",
                 "Next student",
                 Menu::go,
                 ctrl_shift(Key::s),
                 false,
                 "Explore shows the next student.",
                 false,
                 has_two_students,
                 {},
                 does([](PanelContext& c) {
                   return SelectStudent{(c.view().student + 1) % c.session.workspace()->students.size()};
                 })});
  all.push_back({"tau_up",
                 "τ up",
                 Menu::go,
                 key(Key::bracket_right),
                 true,
                 "A sixth of an octave.",
                 true,
                 {},
                 {},
                 step_tau(1)});
  all.push_back({"tau_down",
                 "τ down",
                 Menu::go,
                 key(Key::bracket_left),
                 true,
                 "A sixth of an octave.",
                 false,
                 {},
                 {},
                 step_tau(-1)});
  all.push_back({"tau_1",
                 "τ = 1",
                 Menu::go,
                 key(Key::digit_1),
                 false,
                 "The distributions as they are.",
                 false,
                 {},
                 {},
                 tau(1)});
  all.push_back({"tau_2", "τ = 2", Menu::go, key(Key::digit_2), false, "", false, {}, {}, tau(2)});
  all.push_back({"tau_4", "τ = 4", Menu::go, key(Key::digit_4), false, "", false, {}, {}, tau(4)});
  all.push_back({"tau_8", "τ = 8", Menu::go, key(Key::digit_8), false, "", false, {}, {}, tau(8)});
  all.push_back({"tau_type",
                 "Type τ…",
                 Menu::go,
                 ctrl(Key::t),
                 false,
                 "Any value from 0.1 to 20.",
                 false,
                 {},
                 {},
                 asks(&UiState::focus_tau)});
}

void add_help(std::vector<Action>& all) {
  all.push_back({"palette",
                 "Command palette…",
                 Menu::help,
                 ctrl(Key::p),
                 false,
                 "Find a command by its name.",
                 false,
                 {},
                 {},
                 asks(&UiState::palette)});
  all.push_back({"shortcuts",
                 "Keyboard shortcuts",
                 Menu::help,
                 key(Key::f1),
                 false,
                 "Everything the keyboard does.",
                 false,
                 {},
                 {},
                 asks(&UiState::shortcuts)});
}

}  // namespace

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

std::span<const Action> actions() {
  static const std::vector<Action> all = [] {
    std::vector<Action> table;
    add_files(table);
    add_edits(table);
    add_views(table);
    add_moves(table);
    add_help(table);
    return table;
  }();
  return all;
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

void run_shortcuts(PanelContext& context, UiState& ui) {
  if (ImGui::GetIO().WantTextInput || ImGui::IsAnyItemActive() ||
      ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) {
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
