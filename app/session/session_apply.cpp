// What each command does to the state.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "app/session/export_view.h"
#include "app/session/objective_results.h"
#include "app/session/plots.h"
#include "app/session/session_parts.h"
#include "core/base/csv.h"

namespace tauscope {

namespace {

constexpr std::size_t undo_steps = 200;

void check_column(const std::string& quantity) {
  if (!find_statistics_column(quantity))
    throw Error::usage("there is no quantity called " + printable_utf8(quantity));
}

const PlotInfo& known_plot(const std::string& name) {
  const PlotInfo* info = find_plot(name);
  if (info == nullptr) throw Error::usage("there is no plot called " + printable_utf8(name));
  return *info;
}

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Position after `from` (wrapping round) whose token's text contains `needle`.
std::optional<std::int64_t> next_match(const ScoredExample& example, std::optional<std::int64_t> from,
                                       const std::string& needle) {
  const auto rows = static_cast<std::int64_t>(example.rows);
  if (needle.empty() || rows == 0) return std::nullopt;
  const std::string wanted = lower_ascii(needle);
  for (std::int64_t step = 1; step <= rows; ++step) {
    const std::int64_t position = (from.value_or(-1) + step) % rows;
    const std::string text = lower_ascii(example.response[static_cast<std::size_t>(position)].bytes);
    if (text.find(wanted) != std::string::npos) return position;
  }
  return std::nullopt;
}

/// Decides what a dropped path is by looking at it.
Command command_for_path(const std::filesystem::path& path, const Sources& now) {
  namespace fs = std::filesystem;
  if (fs::is_directory(path)) {
    if (fs::exists(path / "manifest.json")) return OpenRun{path.string()};
    if (is_run_folder(path)) return OpenRuns{path.string()};
    if (fs::exists(path / evaluation_file)) return ReadEvaluation{path.string()};
    if (!fs::exists(path / "config.json")) {
      throw Error::bad_input(path.string(), "neither a checkpoint, an analysis nor an evaluation")
          .expected(
              "a folder with config.json (a checkpoint), manifest.json (an analysis) or "
              "evaluation.json (an evaluation)");
    }
    if (now.teacher.empty() || !now.run.empty()) return SetTeacher{path.string()};
    return AddStudent{path.string(), ""};
  }
  if (!fs::exists(path)) throw Error::bad_input(path.string(), "there is no such file or folder");
  if (path.extension() == ".safetensors") {
    Sources next;
    next.teacher_logits = now.teacher_logits;
    next.student_logits = now.student_logits;
    if (next.teacher_logits.empty()) {
      next.teacher_logits = path;
    } else {
      next.student_logits.push_back({"", path});
    }
    return OpenSources{next};
  }
  return SetData{path.string()};
}

}  // namespace

void Session::change_view(const ViewState& next, const std::string& gesture) {
  const bool goes_on = !gesture.empty() && gesture == last_gesture_;
  if (next == view_) {
    if (goes_on) gesture_ = gesture;
    return;
  }
  gesture_ = gesture;
  if (goes_on) {
    view_ = next;
    redo_.clear();
    return;
  }
  undo_.push_back(view_);
  if (undo_.size() > undo_steps) undo_.pop_front();
  redo_.clear();
  view_ = next;
}

void Session::apply(const Command& command) {
  last_gesture_ = std::exchange(gesture_, {});
  try {
    std::visit([this](const auto& c) { act(c); }, command);
  } catch (const std::exception& problem) {
    report(Message::Level::error, problem.what());
  }
}

// ---- what is open

void Session::act(const OpenSources& c) {
  open_other(c.sources);
}
void Session::act(const OpenRun& c) {
  Sources next;
  next.run = c.path;
  open_other(next);
}
void Session::act(const OpenPath& c) {
  apply(command_for_path(c.path, sources_));
}

/// Checkpoints, a data file and students are chosen one by one; what belongs to another kind of source goes.
Sources Session::checkpoint_sources() const {
  Sources next;
  next.teacher = sources_.teacher;
  next.students = sources_.students;
  next.data = sources_.data;
  next.prompt_template = sources_.prompt_template;
  return next;
}
void Session::act(const SetTeacher& c) {
  Sources next = checkpoint_sources();
  next.teacher = c.path;
  open_other(next);
}
void Session::act(const AddStudent& c) {
  Sources next = checkpoint_sources();
  next.students.push_back({c.label, c.path});
  open(next);
}
void Session::act(const RemoveStudent& c) {
  Sources next = sources_;
  auto& list = next.student_logits.empty() ? next.students : next.student_logits;
  if (c.index >= list.size()) throw Error::usage(fmt::format("there is no student number {}", c.index));
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(c.index));
  open(next);
}
void Session::act(const SetData& c) {
  Sources next = checkpoint_sources();
  next.data = c.path;
  open_other(next);
}

// ---- the view

void Session::act(const SetTau& c) {
  ViewState next = view_;
  next.tau = c.tau;
  change_view(next, SetTau::name);
}
void Session::act(const SetTauScaling& c) {
  change(&ViewState::tau_scaling, c.scaling);
}
void Session::act(const SetDominant& c) {
  const bool valid = c.dominant.kind == DominantSpec::Kind::nucleus
                         ? c.dominant.value > 0 && c.dominant.value <= 1
                     : c.dominant.kind == DominantSpec::Kind::top_k
                         ? c.dominant.value >= 1 && c.dominant.value == std::floor(c.dominant.value)
                         : c.dominant.value <= 1;
  if (!valid)
    throw Error::usage(fmt::format("the dominant set cannot be chosen by the value {}", c.dominant.value));
  change(&ViewState::dominant, c.dominant);
}
void Session::act(const SetColourBy& c) {
  check_column(c.quantity);
  change(&ViewState::colour_by, c.quantity);
}
void Session::act(const SetCompareQuantity& c) {
  check_column(c.quantity);
  change(&ViewState::compare_quantity, c.quantity);
}
void Session::act(const SelectExample& c) {
  if (workspace_) {
    const auto& examples = workspace_->examples;
    const bool known = std::any_of(examples.begin(), examples.end(),
                                   [&](const ExampleTitle& t) { return t.index == c.example; });
    if (!known) throw Error::usage(fmt::format("there is no example {} in what is open", c.example));
  }
  if (c.example == view_.example && example_state_ != Loading::failed) return;
  example_state_ = Loading::nothing;
  example_.reset();
  scoring_ = -1;
  ViewState next = view_;
  next.example = c.example;
  next.pinned.reset();
  hovered_.reset();
  example_unchecked_ = !workspace_;
  pin_unchecked_ = false;
  change_view(next);
}
void Session::act(const StepExample& c) {
  if (!workspace_ || workspace_->examples.empty()) return;
  const auto& examples = workspace_->examples;
  std::int64_t place = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].index == view_.example) place = static_cast<std::int64_t>(i);
  }
  place = std::clamp<std::int64_t>(place + c.by, 0, static_cast<std::int64_t>(examples.size()) - 1);
  act(SelectExample{examples[static_cast<std::size_t>(place)].index});
}
void Session::act(const PinToken& c) {
  if (c.position && example_ && *c.position >= static_cast<std::int64_t>(example_->rows)) {
    throw Error::usage(fmt::format("the example has no position {}: it has {}", *c.position, example_->rows));
  }
  pin_waits_ = false;
  pin_unchecked_ = c.position && !example_;
  change(&ViewState::pinned, c.position);
}
void Session::act(const StepToken& c) {
  if (!example_ || example_->rows == 0) return;
  const auto last = static_cast<std::int64_t>(example_->rows) - 1;
  const std::int64_t start = view_.pinned.value_or(c.by > 0 ? -1 : last + 1);
  change(&ViewState::pinned, std::optional(std::clamp<std::int64_t>(start + c.by, 0, last)));
}
void Session::act(const SearchTokens& c) {
  ViewState next = view_;
  next.search = c.text;
  if (example_) {
    if (const auto match = next_match(*example_, view_.pinned, c.text)) next.pinned = match;
  }
  change_view(next);
}
void Session::check_student(std::size_t index) const {
  if (workspace_ && index >= workspace_->students.size()) {
    throw Error::usage(fmt::format("there is no student number {}", index));
  }
}
void Session::act(const SelectStudent& c) {
  check_student(c.index);
  students_unchecked_ = !workspace_;
  change(&ViewState::student, c.index);
}
void Session::act(const CompareStudents& c) {
  check_student(c.a);
  check_student(c.b);
  students_unchecked_ = !workspace_;
  ViewState next = view_;
  next.compare_a = c.a;
  next.compare_b = c.b;
  change_view(next);
}
void Session::act(const MarkExamples& c) {
  std::vector<std::int64_t> marked = c.examples;
  std::sort(marked.begin(), marked.end());
  marked.erase(std::unique(marked.begin(), marked.end()), marked.end());
  change(&ViewState::marked, marked);
}
void Session::act(const SetTopK& c) {
  change(&ViewState::top_k, std::clamp(c.k, 5, 200));
}
void Session::act(const SetHistogram& c) {
  change(&ViewState::histogram, c.view);
}
void Session::act(const SetLogScale& c) {
  change(&ViewState::log_scale, c.log);
}
void Session::act(const SetCurveScope& c) {
  change(&ViewState::curve_scope, c.scope);
}
void Session::act(const SetTab& c) {
  change(&ViewState::tab, c.tab);
}
void Session::act(const SetExploreView& c) {
  change(&ViewState::explore_view, c.view);
}
void Session::act(const SetCompareView& c) {
  change(&ViewState::compare_view, c.view);
}
void Session::act(const SetStripColours& c) {
  change(&ViewState::strip_colours, c.colours);
}
void Session::act(const SetTheme& c) {
  change(&ViewState::theme, c.theme);
}
void Session::act(const SetUiScale& c) {
  change(&ViewState::ui_scale, std::clamp(c.scale, 0.5, 3.0));
}

void Session::act(const ZoomPlot& c) {
  const PlotInfo& info = known_plot(c.plot);
  for (const auto& [low, high] : {std::pair(c.zoom.x_low, c.zoom.x_high), {c.zoom.y_low, c.zoom.y_high}}) {
    const bool finite = std::isfinite(low.value_or(0)) && std::isfinite(high.value_or(0));
    if (!finite || (low && high && !(*low < *high))) {
      throw Error::usage("a plot's limits must be finite, the lower below the upper");
    }
  }
  ViewState next = view_;
  auto& zoom = next.plots[c.plot].zoom;
  zoom[c.panel] = c.zoom;
  if (info.shared_x) {  // the panels stand under each other and have one axis
    for (auto& [panel, limits] : zoom) {
      limits.x_low = c.zoom.x_low;
      limits.x_high = c.zoom.x_high;
    }
  }
  change_view(next, fmt::format("{} {} {}", ZoomPlot::name, c.panel, c.plot));
}
void Session::act(const FitPlot& c) {
  ViewState next = view_;
  const auto plot = next.plots.find(c.plot);
  if (plot == next.plots.end()) return;
  plot->second.zoom.clear();
  if (plot->second == PlotView{}) next.plots.erase(plot);
  change_view(next);
}
void Session::act(const ToggleSeries& c) {
  known_plot(c.plot);
  ViewState next = view_;
  PlotView& plot = next.plots[c.plot];
  if (!plot.hidden.insert(c.series).second) plot.hidden.erase(c.series);
  if (plot == PlotView{}) next.plots.erase(c.plot);
  change_view(next);
}
void Session::act(const CompareObjectives& c) {
  for (const ObjectivePick& pick : {c.a, c.b})
    objective_spec(pick, 1, view_.tau_scaling);  // throws where there is none such
  ViewState next = view_;
  next.objective_a = c.a;
  next.objective_b = c.b;
  change_view(next, c.a.name + " " + c.b.name);  // dragging a parameter is one step of undo
}

void Session::travel(std::deque<ViewState>& from, std::deque<ViewState>& to) {
  if (from.empty()) return;
  const std::int64_t example_before = view_.example;
  to.push_back(view_);
  view_ = from.back();
  from.pop_back();
  if (workspace_) {  // students may have gone since
    const std::size_t students = std::max<std::size_t>(workspace_->students.size(), 1);
    for (std::size_t* index : {&view_.student, &view_.compare_a, &view_.compare_b})
      *index = std::min(*index, students - 1);
  }
  if (view_.example != example_before) {
    example_.reset();
    scoring_ = -1;
    example_state_ = Loading::nothing;
  }
}
void Session::act(const Undo&) {
  travel(undo_, redo_);
}
void Session::act(const Redo&) {
  travel(redo_, undo_);
}

// ---- work and files

void Session::act(const RunAnalysis& c) {
  if (!workspace_) throw Error::usage("nothing is open that could be analysed");
  if (c.folder.empty()) throw Error::usage("an analysis needs a folder to write to");
  StatisticsSpec spec;
  spec.taus = analysis_taus();
  spec.tau_scaling = view_.tau_scaling;
  spec.dominant = view_.dominant;
  background_.submit("analysis into " + c.folder,
                     [this, box = mailbox_, sources = sources_, spec, folder = c.folder, limit = c.limit,
                      opening = opening_](ProgressSink& progress, std::stop_token stop) {
                       engine_.analyze(sources, spec, limit, folder, progress, stop);
                       if (!stop.stop_requested())
                         box->post(&Mailbox::Content::analysed, Mailbox::Analysed{opening, folder});
                     });
}
void Session::act(const ReadAnalysis& c) {
  if (c.folder.empty()) throw Error::usage("which analysis? A folder is needed");
  read_data(c.folder);
}
void Session::act(const Screenshot& c) {
  if (c.path.empty()) throw Error::usage("a screenshot needs a path");
  screenshots_.emplace_back(c.path);
}
void Session::act(const DismissMessage& c) {
  if (c.index < messages_.size()) messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(c.index));
}
void Session::act(const WaitIdle&) {}  // whoever replays a script waits; the state has nothing to change
void Session::act(const Quit&) {
  quit_ = true;
}

}  // namespace tauscope
