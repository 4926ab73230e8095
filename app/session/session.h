// The workbench without its window: applies commands, holds the state, keeps results current.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/session/command.h"
#include "app/session/engine.h"
#include "app/session/evaluation.h"
#include "app/session/result_cache.h"
#include "app/session/runs.h"
#include "app/session/yield_gate.h"
#include "core/jobs/background_lane.h"
#include "core/jobs/interactive_lane.h"

namespace tauscope {

class CurvesWork;

/// Something the user should read; stays until dismissed.
struct Message {
  enum class Level : std::uint8_t { note, warning, error };
  Level level = Level::note;
  std::string text;
};

struct SessionOptions {
  std::uint64_t cache_bytes = std::uint64_t{512} << 20;
  std::function<void()> wake;  ///< called from any thread when something new can be drawn
};

/// Owned and called by one thread (the window's, or a test's): apply, update and the accessors. Workers hand
/// results over through a mailbox that update() empties; what update() published stays valid until the next
/// update().
class Session {
 public:
  Session(Engine& engine, SessionOptions options);
  ~Session();

  /// Applies one command. Never throws on a user's mistake: it becomes a message.
  void apply(const Command& command);

  /// Takes finished work over and starts what is missing for the current view. Once per frame.
  void update();

  /// True while anything that the view needs is being computed, or a job runs.
  bool busy() const;
  bool wants_to_quit() const { return quit_; }

  const ViewState& view() const { return view_; }
  const Sources& sources() const { return sources_; }
  const std::vector<Message>& messages() const { return messages_; }
  /// Analyses and exports, oldest first of each.
  std::vector<JobStatus> jobs() const;
  bool can_undo() const { return !undo_.empty(); }
  bool can_redo() const { return !redo_.empty(); }

  std::shared_ptr<const Workspace> workspace() const { return workspace_; }
  std::shared_ptr<const ScoredExample> example() const { return example_; }
  /// Loading state of what is open and of the example, with the error where there is one.
  enum class Loading : std::uint8_t { nothing, loading, loaded, failed };
  Loading workspace_state() const { return workspace_state_; }
  Loading example_state() const { return example_state_; }
  const std::string& workspace_error() const { return workspace_error_; }
  const std::string& example_error() const { return example_error_; }

  /// All positions of the example at one τ for one student. Null if never computed. `is_current` tells
  /// whether its key is the one asked for; if not it is the latest there is, carrying its own τ.
  struct Shown {
    std::shared_ptr<const RowsResult> result;
    bool is_current = false;
  };
  /// At least the column that the view's tab colours by is there; all_rows() has every column.
  Shown rows(std::size_t student) const;
  Shown all_rows(std::size_t student) const;
  /// The pinned (else hovered) position in detail.
  struct ShownDetail {
    std::shared_ptr<const DetailResult> result;
    bool is_current = false;
  };
  ShownDetail detail(std::size_t student) const;
  /// Statistics of the scope (pinned token, example) over the τ grid.
  struct ShownCurves {
    std::shared_ptr<const CurvesResult> result;
    bool is_current = false;
  };
  ShownCurves curves(std::size_t student) const;
  /// Of the whole example, whatever the scope; with the cells of the heat map. While its set is one_pass the
  /// columns of the exact kernel are still on their way.
  ShownCurves example_curves(std::size_t student) const;

  struct ShownObjectives {
    std::shared_ptr<const ObjectivesResult> result;
    bool is_current = false;
  };
  /// The two objectives of the page at the focused position.
  ShownObjectives objectives() const;

  /// What an analysis of the whole data set found: there when a run is open, after RunAnalysis, or by
  /// ReadAnalysis.
  struct ShownData {
    Loading state = Loading::nothing;
    std::shared_ptr<const DataSummary> summary;
    std::string error;
    bool is_on_its_way = false;  ///< an analysis runs, or waits for its turn
  };
  ShownData data() const { return {data_state_, data_, data_error_, background_.busy()}; }

  /// An evaluation: what its folder has so far, and the job that works on it.
  struct ShownEvaluation {
    Loading state = Loading::nothing;
    std::shared_ptr<const EvaluationResult> result;  ///< stays while a newer one is read
    std::string error;
    std::filesystem::path folder;
    std::optional<JobStatus> job;  ///< the latest one that worked on it
  };
  ShownEvaluation evaluation() const;

  /// The distillation runs that are open, whoever works in them.
  struct ShownRuns {
    std::shared_ptr<const RunSet> set;  ///< null: not read yet, or none is open
    std::vector<std::filesystem::path> folders;
  };
  ShownRuns runs() const { return {runs_, run_folders_}; }
  /// The job of this window that works on a run, the latest one.
  std::optional<JobStatus> run_job(const std::filesystem::path& folder) const;

  /// The τ that results are for: the view's, or for an example without logits the nearest that its analysis
  /// knows.
  double shown_tau() const;
  /// Why there is no detail() of the example ("" where there can be), and what to do.
  std::string detail_note() const;

  /// A preview that is not part of the view (not saved, not undone).
  void hover(std::optional<std::int64_t> position) { hovered_ = position; }
  std::optional<std::int64_t> focused_position() const;

  void report(Message::Level level, std::string text);

  /// What a command put on the clipboard since the last call: the window hands it to the system.
  std::optional<std::string> take_clipboard() { return std::exchange(clipboard_, std::nullopt); }
  /// Pictures of the window that were asked for since the last call; taken once nothing computes.
  std::vector<std::filesystem::path> take_screenshots() { return std::exchange(screenshots_, {}); }

  Json to_json() const;  ///< sources, view and the analysis that is read, for the next start
  void restore(const Json& saved, const std::string& file);

 private:
  struct Mailbox;
  struct EvaluationRead;
  struct Request;
  void act(const OpenSources& command);
  void act(const SetTeacher& command);
  void act(const AddStudent& command);
  void act(const RemoveStudent& command);
  void act(const SetData& command);
  void act(const OpenRun& command);
  void act(const OpenPath& command);
  void act(const SetTau& command);
  void act(const SetTauScaling& command);
  void act(const SetDominant& command);
  void act(const SetColourBy& command);
  void act(const SelectExample& command);
  void act(const StepExample& command);
  void act(const PinToken& command);
  void act(const StepToken& command);
  void act(const SelectStudent& command);
  void act(const CompareStudents& command);
  void act(const SetCompareQuantity& command);
  void act(const MarkExamples& command);
  void act(const SetTopK& command);
  void act(const SetHistogram& command);
  void act(const SetLogScale& command);
  void act(const SetCurveScope& command);
  void act(const SearchTokens& command);
  void act(const SetTab& command);
  void act(const SetExploreView& command);
  void act(const SetCompareView& command);
  void act(const SetStripColours& command);
  void act(const SetTheme& command);
  void act(const SetUiScale& command);
  void act(const ZoomPlot& command);
  void act(const FitPlot& command);
  void act(const ToggleSeries& command);
  void act(const CompareObjectives& command);
  void act(const Undo& command);
  void act(const Redo& command);
  void act(const RunAnalysis& command);
  void act(const ReadAnalysis& command);
  void act(const SetEvaluateView& command);
  void act(const ShowEvaluation& command);
  void act(const SelectAnswer& command);
  void act(const SetDistillView& command);
  void act(const SetSmoothing& command);
  void act(const OpenRuns& command);
  void act(const CloseRun& command);
  void act(const StartRun& command);
  void act(const ResumeRun& command);
  void act(const RunEvaluation& command);
  void act(const ReadEvaluation& command);
  void act(const SaveFigure& command);
  void act(const SaveTable& command);
  void act(const ExportAll& command);
  void act(const CopyFigure& command);
  void act(const CopyTable& command);
  void act(const CopyCommandLine& command);
  void act(const Screenshot& command);
  void act(const CancelJob& command);
  void act(const DismissMessage& command);
  void act(const WaitIdle& command);
  void act(const Quit& command);
  Sources checkpoint_sources() const;
  void check_student(std::size_t index) const;
  template <typename Field>
  void change(Field ViewState::*field, Field value) {
    ViewState next = view_;
    next.*field = std::move(value);
    change_view(next);
  }
  void travel(std::deque<ViewState>& from, std::deque<ViewState>& to);
  /// Commands in a row that belong to one gesture (a drag, a zoom) are one step of undo.
  void change_view(const ViewState& next, const std::string& gesture = "");
  void open(const Sources& sources);
  /// Another teacher or other data: what was chosen in the ones before means nothing there.
  void open_other(const Sources& sources);
  void take_workspace(std::shared_ptr<const Workspace> workspace);
  void check_pin();
  void take_results();
  void pin_first();
  void request_example();
  void read_data(std::filesystem::path folder);
  void forget_data();
  void read_evaluation();
  void watch_runs();
  void work_on_run(const std::filesystem::path& folder,
                   std::function<void(ProgressSink&, std::stop_token)> work);
  void take_evaluations(std::vector<EvaluationRead> read);
  void request_results();
  void request_curves();
  bool settled() const;
  void finish_waiting();
  struct Needs;
  std::shared_ptr<const RowsResult> find_rows(const RowsKey& key) const;
  std::shared_ptr<const RowsResult> rows_before(const RowsKey& wanted, ColumnSet columns) const;
  ShownCurves curves_of(const CurvesKey& key) const;
  Needs needs() const;
  Request wanted() const;
  ObjectivesKey objectives_key() const;
  std::optional<ObjectivesKey> wanted_objectives() const;
  Request wanted_curves() const;
  bool lacks_something() const;
  void answer(Mailbox& box, const ScoredExample& example, const Request& request, std::stop_token stop);

  Engine& engine_;
  SessionOptions options_;
  ViewState view_;
  Sources sources_;
  std::vector<Message> messages_;
  std::deque<ViewState> undo_, redo_;
  std::optional<std::int64_t> hovered_;
  std::string gesture_, last_gesture_;  ///< of this command and of the one before
  std::optional<std::string> clipboard_;
  std::vector<std::filesystem::path> screenshots_;
  bool quit_ = false;
  bool example_unchecked_ = false;   ///< chosen by a command when nobody knew yet what there is
  bool students_unchecked_ = false;  ///< chosen by a command before their number was known
  bool pin_unchecked_ = false;       ///< likewise, in an example whose length was not known
  bool pin_waits_ = false;           ///< for the first statistics of an example that came without a pin
  Loading workspace_state_ = Loading::nothing, example_state_ = Loading::nothing;
  std::string workspace_error_, example_error_;
  std::shared_ptr<const Workspace> workspace_;
  std::shared_ptr<const ScoredExample> example_;
  std::uint64_t opening_ = 0;  ///< number of the latest opening; answers to older ones are dropped
  std::int64_t scoring_ = -1;  ///< example that is being scored, -1: none
  std::shared_ptr<const Request> failed_;  ///< the latest request that threw
  std::shared_ptr<const Request> asked_;   ///< what the interactive lane works on
  std::shared_ptr<const Request> asked_curves_, failed_curves_;
  std::vector<std::shared_ptr<CurvesWork>> curves_work_;  ///< the latest few; used by the curves' lane
  std::filesystem::path analysis_;  ///< that is read, or will be once what is open is there
  Loading data_state_ = Loading::nothing;
  std::string data_error_;
  std::shared_ptr<const DataSummary> data_;
  std::uint64_t reading_number_ = 0;         ///< answers to older ones are dropped
  std::filesystem::path evaluation_folder_;  ///< that is shown
  Loading evaluation_state_ = Loading::nothing;
  std::string evaluation_error_, evaluation_baseline_;  ///< the latter: asked for by the latest reading
  std::shared_ptr<const EvaluationResult> evaluation_;
  std::uint64_t evaluation_number_ = 0;  ///< of the latest reading
  std::vector<std::filesystem::path> run_folders_;
  std::shared_ptr<const RunSet> runs_;
  std::uint64_t watching_ = 0;  ///< number of the latest watch; what older ones saw is dropped
  bool runs_unread_ = false;    ///< the latest watch has not seen anything yet
  std::optional<std::filesystem::path> export_waits_;  ///< until everything it writes is computed
  std::vector<Command> waiting_;                       ///< saves and copies of what is being computed
  YieldGate gate_;                                     ///< the curves stand aside for what is more urgent
  mutable ResultCache cache_;
  std::shared_ptr<Mailbox> mailbox_;
  BackgroundLane background_;        ///< analyses
  BackgroundLane files_;             ///< pictures and exports: they do not wait for an analysis
  InteractiveLane loading_;          ///< opening and scoring: the newest choice wins
  InteractiveLane reading_;          ///< an earlier analysis
  InteractiveLane evaluation_lane_;  ///< what an evaluation has so far
  InteractiveLane runs_lane_;        ///< watches the runs for as long as any is open
  InteractiveLane curves_lane_;      ///< the example over τ: takes seconds, does not depend on the view's τ
  InteractiveLane interactive_;      ///< one τ: details and rows
};

}  // namespace tauscope
