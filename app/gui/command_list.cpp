// The table of actions.
#include <algorithm>
#include <cmath>

#include "app/gui/command_table.h"

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

using Run = std::function<void(PanelContext&, UiState&)>;

bool is_open(const PanelContext& c) {
  return c.session.workspace() != nullptr;
}
/// Something with tables and figures.
bool has_something(const PanelContext& c) {
  return is_open(c) || c.session.evaluation().result != nullptr || c.session.runs().set != nullptr;
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
/// An earlier run's students are what they are.
std::size_t open_students(const PanelContext& c) {
  const Sources& sources = c.session.sources();
  return is_open(c) ? std::max(sources.students.size(), sources.student_logits.size()) : 0;
}
bool has_teacher_logits(const PanelContext& c) {
  return !c.session.sources().teacher_logits.empty();
}
bool is_light(const PanelContext& c) {
  return c.view().theme == tauscope::Theme::light;
}

/// An action that is one command.
template <typename Make>
Run does(Make make) {
  return [make](PanelContext& context, UiState&) { context.out.emplace_back(make(context)); };
}
template <typename Fixed>
Run sends(Fixed command) {
  return [command](PanelContext& context, UiState&) { context.out.emplace_back(command); };
}
Run browse(Pick pick) {
  return [pick](PanelContext&, UiState& ui) { ui.browse = UiState::Browse{pick, 0}; };
}
Run asks(bool UiState::*what) {
  return [what](PanelContext&, UiState& ui) { ui.*what = true; };
}
Run folds(bool UiState::*part) {
  return [part](PanelContext&, UiState& ui) { ui.*part = !(ui.*part); };
}
Run zoom_by(double factor) {
  return does([factor](PanelContext& c) {
    return SetUiScale{std::clamp(std::round(c.view().ui_scale * factor * 20) / 20, 0.5, 3.0)};
  });
}
Run step_tau(int by) {
  return does([by](PanelContext& c) { return SetTau{stepped_tau(c.view().tau, by)}; });
}

/// Adds the actions of one menu. What it returns can be given a condition, a mark, and so on.
struct Adder {
  std::vector<Action>& all;
  Menu menu;
  Action& operator()(const char* id, const char* title, Shortcut shortcut, Run run, const char* help) {
    all.push_back({id, title, menu, shortcut, help, false, false, {}, {}, std::move(run)});
    return all.back();
  }
  Action& repeating(const char* id, const char* title, Shortcut shortcut, Run run, const char* help) {
    Action& action = (*this)(id, title, shortcut, std::move(run), help);
    action.repeats = true;
    return action;
  }
};

void add_files(Adder add) {
  add("open_teacher", "Open teacher…", ctrl(Key::o), browse(Pick::teacher),
      "A checkpoint folder: config.json, weights and tokenizer.");
  add("add_student", "Add student…", ctrl_shift(Key::o), browse(Pick::student),
      "Another checkpoint folder to hold against the teacher.");
  add(
      "replace_student", "Replace the student shown…", no_shortcut,
      [](PanelContext& c, UiState& ui) {
        ui.browse = UiState::Browse{Pick::replace_student, c.view().student};
      },
      "Another checkpoint folder in its place.")
      .enabled = [](const PanelContext& c) { return c.view().student < c.session.sources().students.size(); };
  add("remove_student", "Remove the student shown", no_shortcut,
      does([](PanelContext& c) { return RemoveStudent{c.view().student}; }),
      "Explore's student is no longer held against the teacher. Its files stay.")
      .enabled = [](const PanelContext& c) { return c.view().student < open_students(c); };
  add("open_data", "Open data…", ctrl(Key::d), browse(Pick::data),
      "JSON lines with prompts and responses: Dolly, Alpaca, Self-Instruct, Vicuna, S-NI, UnNI and others.");
  add("open_teacher_logits", "Open teacher logits…", no_shortcut, browse(Pick::teacher_logits),
      "A safetensors file with logits, instead of a checkpoint.");
  add("add_student_logits", "Add student logits…", no_shortcut, browse(Pick::student_logits),
      "A safetensors file with a student's logits of the same positions.")
      .enabled = has_teacher_logits;
  add("open_run", "Open analysis…", ctrl_shift(Key::r), browse(Pick::run),
      "The folder of an earlier analysis; it needs no checkpoints.");
  Action& analyse = add("analyse", "Analyse the data set…", ctrl(Key::r), asks(&UiState::analyse),
                        "Run every example of the data through the models in the background: tables, figures "
                        "and a report.");
  analyse.enabled = has_checkpoints;
  analyse.starts_group = true;
  add("read_analysis", "Read an analysis of this data…", no_shortcut, browse(Pick::data_analysis),
      "The folder of an analysis that was made of the data that is open: its curves over the data set and "
      "its "
      "examples.")
      .enabled = is_open;
  add("open_evaluation", "Open evaluation…", no_shortcut, browse(Pick::evaluation),
      "The folder of an earlier evaluation: its scores and answers.");
  add("open_runs", "Open runs…", no_shortcut, browse(Pick::runs),
      "The folder of a distillation run, or of several; also while another process works there.");
  Action& export_all = add("export_all", "Export all…", ctrl(Key::e), asks(&UiState::export_all),
                           "Every table and figure of what is open, into one folder.");
  export_all.enabled = has_something;
  export_all.starts_group = true;
  add(
      "save_figure", "Save figure…", ctrl(Key::s),
      [](PanelContext&, UiState& ui) { ui.save_figure.emplace(); }, "One plot as PNG, SVG, PDF or CSV.")
      .enabled = has_something;
  add("copy_command", "Copy as command", ctrl_shift(Key::c), sends(CopyCommandLine{}),
      "The command line that repeats what is shown, to the clipboard.")
      .enabled = has_something;
  add("quit", "Quit", ctrl(Key::q), sends(Quit{}), "Close the window. The session is kept.").starts_group =
      true;
}

void add_edits(Adder add) {
  add.repeating("undo", "Undo", ctrl(Key::z), sends(Undo{}), "Take back the last change of the view.")
      .enabled = [](const PanelContext& c) { return c.session.can_undo(); };
  add.repeating("redo", "Redo", ctrl_shift(Key::z), sends(Redo{}), "Bring back what was undone.").enabled =
      [](const PanelContext& c) { return c.session.can_redo(); };
  Action& search = add("search", "Search tokens…", ctrl(Key::f), asks(&UiState::focus_search),
                       "Find text in the example's tokens.");
  search.enabled = has_example;
  search.starts_group = true;
  add.repeating("search_next", "Next match", key(Key::f3),
                does([](PanelContext& c) { return SearchTokens{c.view().search}; }),
                "Pin the next token that matches the search.")
      .enabled = [](const PanelContext& c) { return has_example(c) && !c.view().search.empty(); };
  add("filter_examples", "Filter examples…", ctrl_shift(Key::f), asks(&UiState::focus_filter),
      "Show only examples whose title or category contains a text.")
      .enabled = is_open;
}

/// The pages of a tab; choosing one turns to its tab.
void add_pages(Adder& add) {
  const auto page = [&](Tab tab, auto ViewState::*member, auto command) {
    return [&add, tab, member, command](const char* id, const char* title, auto view,
                                        const char* help) -> Action& {
      const auto turn = [tab, command, view](PanelContext& c, UiState&) {
        c.out.insert(c.out.end(), {SetTab{tab}, command(view)});
      };
      Action& action = add(id, title, no_shortcut, turn, help);
      action.checked = [tab, member, view](const PanelContext& c, const UiState&) {
        return c.view().tab == tab && c.view().*member == view;
      };
      return action;
    };
  };
  const auto explore =
      page(Tab::explore, &ViewState::explore_view, [](ExploreView view) { return SetExploreView{view}; });
  const auto compare =
      page(Tab::compare, &ViewState::compare_view, [](CompareView view) { return SetCompareView{view}; });
  explore("explore_token", "Explore: the token", ExploreView::token,
          "The pinned token: distribution, gradients, shares, head curve.")
      .starts_group = true;
  explore("explore_over_tau", "Explore: over τ", ExploreView::over_tau,
          "The same quantities as τ moves, and every position of the example.");
  explore("explore_all", "Explore: all plots", ExploreView::all,
          "Everything at once; scrolls where it does not fit.");
  const auto evaluate =
      page(Tab::evaluate, &ViewState::evaluate_view, [](EvaluateView view) { return SetEvaluateView{view}; });
  const auto distill =
      page(Tab::distill, &ViewState::distill_view, [](DistillView view) { return SetDistillView{view}; });
  compare("compare_over_tau", "Compare: over τ", CompareView::over_tau,
          "Norms, ratios, cosines, shares and entropies of both students as τ moves.");
  compare("compare_token", "Compare: the token", CompareView::token,
          "The pinned token: distributions and gradients of both.");
  compare("compare_table", "Compare: table", CompareView::table,
          "Every quantity over the example: A, B and the difference.");
  compare("compare_examples", "Compare: examples", CompareView::examples,
          "Each example of an analysed data set as a point, A against B.");
  compare("compare_answers", "Compare: answers", CompareView::answers,
          "What both generated for this example, from an evaluation.");
  evaluate("evaluate_setup", "Evaluate: set up", EvaluateView::setup,
           "Which checkpoints answer which sets, and how.");
  evaluate("evaluate_scores", "Evaluate: scores", EvaluateView::scores,
           "Means with intervals, and which differences are more than noise.");
  evaluate("evaluate_answers", "Evaluate: answers", EvaluateView::answers,
           "Every prompt: its references and all answers side by side.");
  distill("distill_setup", "Distill: set up", DistillView::setup, "Start a run from a spec.");
  distill("distill_runs", "Distill: runs", DistillView::runs,
          "Curves, settings and checkpoints of the runs that are open.");
}

void add_views(Adder add) {
  const auto tab = [&](const char* id, const char* title, Key digit, Tab t, const char* help) {
    add(id, title, ctrl(digit), sends(SetTab{t}), help).checked = [t](const PanelContext& c, const UiState&) {
      return c.view().tab == t;
    };
  };
  tab("tab_explore", "Explore", Key::digit_1, Tab::explore, "One student against the teacher.");
  tab("tab_compare", "Compare", Key::digit_2, Tab::compare, "Two students against one teacher.");
  tab("tab_evaluate", "Evaluate", Key::digit_3, Tab::evaluate,
      "Checkpoints over evaluation sets: answers, scores, which differences are real.");
  tab("tab_distill", "Distill", Key::digit_4, Tab::distill,
      "Short distillation runs: start, watch, compare.");
  tab("tab_objectives", "Objectives", Key::digit_5, Tab::objectives,
      "Every objective: formula, parameters, presets; two of them compared.");
  add_pages(add);
  Action& theme = add("theme", "Light theme", ctrl_shift(Key::l), does([](PanelContext& c) {
                        return SetTheme{is_light(c) ? tauscope::Theme::dark : tauscope::Theme::light};
                      }),
                      "Dark or light.");
  theme.checked = [](const PanelContext& c, const UiState&) { return is_light(c); };
  theme.starts_group = true;
  add.repeating("zoom_in", "Larger", ctrl(Key::equal), zoom_by(1.1), "Text and everything else larger.");
  add.repeating("zoom_out", "Smaller", ctrl(Key::minus), zoom_by(1 / 1.1),
                "Text and everything else smaller.");
  add("zoom_reset", "Usual size", ctrl(Key::digit_0), sends(SetUiScale{1}), "The display's own scale.");
  const auto part = [&](const char* id, const char* title, Key letter, bool UiState::*shown,
                        const char* help) -> Action& {
    Action& action = add(id, title, ctrl(letter), folds(shown), help);
    action.checked = [shown](const PanelContext&, const UiState& ui) { return ui.*shown; };
    return action;
  };
  part("show_sources", "Sources and examples", Key::b, &UiState::show_left, "The column on the left.")
      .starts_group = true;
  part("show_inspector", "Inspector", Key::i, &UiState::show_right,
       "The column on the right, where there is room.");
  part("show_jobs", "Jobs and messages", Key::j, &UiState::show_jobs, "The rows at the bottom.");
}

void add_moves(Adder add) {
  add.repeating("next_token", "Next token", key(Key::right), sends(StepToken{1}),
                "Pin the token after this one.")
      .enabled = has_example;
  add.repeating("previous_token", "Previous token", key(Key::left), sends(StepToken{-1}),
                "Pin the token before this one.")
      .enabled = has_example;
  add("unpin", "Unpin token", key(Key::escape), sends(PinToken{}), "No token is pinned.").enabled =
      [](const PanelContext& c) { return has_example(c) && c.view().pinned.has_value(); };
  Action& next = add.repeating("next_example", "Next example", key(Key::page_down), sends(StepExample{1}),
                               "The example after this one.");
  next.enabled = is_open;
  next.starts_group = true;
  add.repeating("previous_example", "Previous example", key(Key::page_up), sends(StepExample{-1}),
                "The example before this one.")
      .enabled = is_open;
  add("next_student", "Next student", ctrl_shift(Key::s), does([](PanelContext& c) {
        return SelectStudent{(c.view().student + 1) % c.session.workspace()->students.size()};
      }),
      "Explore shows the next student.")
      .enabled = has_two_students;
  add.repeating("tau_up", "τ up", key(Key::bracket_right), step_tau(1), "A sixth of an octave up.")
      .starts_group = true;
  add.repeating("tau_down", "τ down", key(Key::bracket_left), step_tau(-1), "A sixth of an octave down.");
  add("tau_1", "τ = 1", key(Key::digit_1), sends(SetTau{1}), "The distributions as they are.");
  add("tau_2", "τ = 2", key(Key::digit_2), sends(SetTau{2}), "A flatter softmax on both sides.");
  add("tau_4", "τ = 4", key(Key::digit_4), sends(SetTau{4}), "A flatter softmax on both sides.");
  add("tau_8", "τ = 8", key(Key::digit_8), sends(SetTau{8}), "A flatter softmax on both sides.");
  add("tau_type", "Type τ…", ctrl(Key::t), asks(&UiState::focus_tau), "Any value from 0.1 to 20.");
}

void add_help(Adder add) {
  add("palette", "Command palette…", ctrl(Key::p), asks(&UiState::palette), "Find a command by its name.");
  add("shortcuts", "Keyboard shortcuts", key(Key::f1), asks(&UiState::shortcuts),
      "Everything the keyboard does.");
}

}  // namespace

std::span<const Action> actions() {
  static const std::vector<Action> all = [] {
    std::vector<Action> table;
    add_files({table, Menu::file});
    add_edits({table, Menu::edit});
    add_views({table, Menu::view});
    add_moves({table, Menu::go});
    add_help({table, Menu::help});
    return table;
  }();
  return all;
}

}  // namespace tauscope::gui
