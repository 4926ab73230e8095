// Every user action as a value that is also one line of JSON: {"command": "set_tau", "tau": 2}.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/session/engine.h"
#include "app/session/evaluation.h"
#include "app/session/view_state.h"
#include "core/base/error.h"

namespace tauscope {

// What is open.
struct OpenSources {
  static constexpr const char* name = "open";
  Sources sources;
};
struct SetTeacher {
  static constexpr const char* name = "set_teacher";
  std::string path;
};
struct AddStudent {
  static constexpr const char* name = "add_student";
  std::string path;
  std::string label;  ///< "" = chosen from the path
};
struct RemoveStudent {
  static constexpr const char* name = "remove_student";
  std::size_t index = 0;
};
struct SetData {
  static constexpr const char* name = "set_data";
  std::string path;
};
struct OpenRun {
  static constexpr const char* name = "open_run";
  std::string path;
};
struct OpenPath {
  static constexpr const char* name = "open_path";
  std::string path;
};  ///< dropped on the window: decided by what it is

// The view; these can be undone.
struct SetTau {
  static constexpr const char* name = "set_tau";
  double tau = 1;
};
struct SetTauScaling {
  static constexpr const char* name = "set_tau_scaling";
  TauScaling scaling = TauScaling::squared;
};
struct SetDominant {
  static constexpr const char* name = "set_dominant";
  DominantSpec dominant;
};
struct SetColourBy {
  static constexpr const char* name = "set_colour_by";
  std::string quantity;
};
struct SelectExample {
  static constexpr const char* name = "select_example";
  std::int64_t example = 0;
};
struct StepExample {
  static constexpr const char* name = "step_example";
  int by = 1;
};
struct PinToken {
  static constexpr const char* name = "pin_token";
  std::optional<std::int64_t> position;
};
struct StepToken {
  static constexpr const char* name = "step_token";
  int by = 1;
};
struct SelectStudent {
  static constexpr const char* name = "select_student";
  std::size_t index = 0;
};
struct CompareStudents {
  static constexpr const char* name = "compare_students";
  std::size_t a = 0, b = 1;
};
struct SetCompareQuantity {
  static constexpr const char* name = "set_compare_quantity";
  std::string quantity;
};
/// Compare's table is cut to these, its scatter marks them; none: all of them.
struct MarkExamples {
  static constexpr const char* name = "mark_examples";
  std::vector<std::int64_t> examples;
};
struct SetTopK {
  static constexpr const char* name = "set_top_k";
  int k = 25;
};
struct SetHistogram {
  static constexpr const char* name = "set_histogram";
  HistogramView view = HistogramView::by_rank;
};
struct SetLogScale {
  static constexpr const char* name = "set_log_scale";
  bool log = false;
};
struct SetCurveScope {
  static constexpr const char* name = "set_curve_scope";
  CurveScope scope = CurveScope::example;
};
/// Limits of one panel of a plot, as a zoom or pan gives them.
struct ZoomPlot {
  static constexpr const char* name = "zoom_plot";
  std::string plot;
  std::size_t panel = 0;
  PlotZoom zoom;
};
/// Back to the figure's own limits, in all panels.
struct FitPlot {
  static constexpr const char* name = "fit_plot";
  std::string plot;
};
struct ToggleSeries {
  static constexpr const char* name = "toggle_series";
  std::string plot, series;
};
/// The two objectives that the objectives page compares.
struct CompareObjectives {
  static constexpr const char* name = "compare_objectives";
  ObjectivePick a, b;
};
struct SearchTokens {
  static constexpr const char* name = "search_tokens";
  std::string text;
};  ///< pins the next match
struct SetTab {
  static constexpr const char* name = "set_tab";
  Tab tab = Tab::explore;
};
struct SetExploreView {
  static constexpr const char* name = "set_explore_view";
  ExploreView view = ExploreView::automatic;
};
struct SetCompareView {
  static constexpr const char* name = "set_compare_view";
  CompareView view = CompareView::over_tau;
};
struct SetEvaluateView {
  static constexpr const char* name = "set_evaluate_view";
  EvaluateView view = EvaluateView::scores;
};
/// What is shown of an evaluation. Another baseline makes the table anew.
struct ShowEvaluation {
  static constexpr const char* name = "show_evaluation";
  EvaluationPick pick;
};
/// The prompt whose answers are shown.
struct SelectAnswer {
  static constexpr const char* name = "select_answer";
  std::int64_t example = 0;
};
struct SetDistillView {
  static constexpr const char* name = "set_distill_view";
  DistillView view = DistillView::runs;
};
struct SetSmoothing {
  static constexpr const char* name = "set_smoothing";
  double weight = 0;
};
struct SetStripColours {
  static constexpr const char* name = "set_strip_colours";
  StripColours colours = StripColours::difference;
};
struct SetTheme {
  static constexpr const char* name = "set_theme";
  Theme theme = Theme::dark;
};
struct SetUiScale {
  static constexpr const char* name = "set_ui_scale";
  double scale = 1;
};
struct Undo {
  static constexpr const char* name = "undo";
};
struct Redo {
  static constexpr const char* name = "redo";
};

// Work and files.
struct RunAnalysis {
  static constexpr const char* name = "run_analysis";
  std::string folder;
  std::int64_t limit = 0;
};
/// Reads an analysis of the data that is open (its τ curves over the data set, per-example values).
struct ReadAnalysis {
  static constexpr const char* name = "read_analysis";
  std::string folder;
};
/// Checkpoints over sets and seeds into a folder; what is there of it already is gone on with.
struct RunEvaluation {
  static constexpr const char* name = "run_evaluation";
  EvaluationSpec spec;
  std::string folder;
};
/// Reads what an evaluation has so far.
struct ReadEvaluation {
  static constexpr const char* name = "read_evaluation";
  std::string folder;
};
/// Watches the run in a folder, or all runs that lie in it.
struct OpenRuns {
  static constexpr const char* name = "open_runs";
  std::string folder;
};
/// It is no longer watched; the folder stays, and so does whoever works in it.
struct CloseRun {
  static constexpr const char* name = "close_run";
  std::string folder;
};
/// `tauscope distill --spec SPEC --set … --out FOLDER`, in the background.
struct StartRun {
  static constexpr const char* name = "start_run";
  std::string spec;
  std::vector<std::string> settings;  ///< "key=value", stronger than the file's
  std::string folder;
};
struct ResumeRun {
  static constexpr const char* name = "resume_run";
  std::string folder;
};
/// One plot as it is shown; the ending of the path decides: .png, .svg, .pdf or .csv.
struct SaveFigure {
  static constexpr const char* name = "save_figure";
  std::string plot, path;
};
/// One table as it is shown: .csv, .md or .tex.
struct SaveTable {
  static constexpr const char* name = "save_table";
  std::string table, path;
};
/// Every table and figure of what is open, into one folder.
struct ExportAll {
  static constexpr const char* name = "export_all";
  std::string folder;
};
/// To the clipboard: the numbers of a plot, a table ("csv" | "markdown" | "latex"), the command line that
/// repeats what is shown.
struct CopyFigure {
  static constexpr const char* name = "copy_figure";
  std::string plot;
};
struct CopyTable {
  static constexpr const char* name = "copy_table";
  std::string table, format = "csv";
};
struct CopyCommandLine {
  static constexpr const char* name = "copy_command_line";
};
/// A picture of the window.
struct Screenshot {
  static constexpr const char* name = "screenshot";
  std::string path;
};
struct CancelJob {
  static constexpr const char* name = "cancel_job";
  std::uint64_t id = 0;
};
struct DismissMessage {
  static constexpr const char* name = "dismiss_message";
  std::size_t index = 0;
};
struct WaitIdle {
  static constexpr const char* name = "wait_idle";
};  ///< scripts: the next line runs when nothing is computing
struct Quit {
  static constexpr const char* name = "quit";
};

using Command =
    std::variant<OpenSources, SetTeacher, AddStudent, RemoveStudent, SetData, OpenRun, OpenPath, SetTau,
                 SetTauScaling, SetDominant, SetColourBy, SelectExample, StepExample, PinToken, StepToken,
                 SelectStudent, CompareStudents, SetCompareQuantity, MarkExamples, SetTopK, SetHistogram,
                 SetLogScale, SetCurveScope, SearchTokens, SetTab, SetExploreView, SetCompareView,
                 SetStripColours, SetDistillView, SetSmoothing, SetEvaluateView, ShowEvaluation, SelectAnswer,
                 SetTheme, SetUiScale, ZoomPlot, FitPlot, ToggleSeries, CompareObjectives, Undo, Redo,
                 RunAnalysis, ReadAnalysis, RunEvaluation, ReadEvaluation, OpenRuns, CloseRun, StartRun,
                 ResumeRun, SaveFigure, SaveTable, ExportAll, CopyFigure, CopyTable, CopyCommandLine,
                 Screenshot, CancelJob, DismissMessage, WaitIdle, Quit>;

Json command_to_json(const Command& command);

/// Throws Error::bad_input naming file, line and field: unknown command, unknown field, ill-typed or out of
/// range.
Command command_from_json(const Json& json, const std::string& file);

/// A script: one command a line; empty lines and lines starting with # are skipped.
struct ScriptLine {
  std::int64_t number = 0;  ///< from 1
  Command command;
};
/// A line that is no command goes to `refuse`, as an Error that names it, and the rest is read; without
/// `refuse` it is thrown.
std::vector<ScriptLine> read_script(const std::string& path,
                                    const std::function<void(const Error&)>& refuse = {});

}  // namespace tauscope
