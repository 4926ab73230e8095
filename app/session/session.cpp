#include "app/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/session/fields.h"
#include "app/session/session_parts.h"

namespace tauscope {

namespace {

constexpr std::size_t kept_messages = 200;

bool complete(const Sources& sources) {
  if (!sources.run.empty()) return true;
  if (!sources.teacher_logits.empty()) return !sources.student_logits.empty();
  return !sources.teacher.empty() && !sources.students.empty() && !sources.data.empty();
}

}  // namespace

std::string text_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an unknown exception";
  }
}

Session::Session(Engine& engine, SessionOptions options)
    : engine_(engine),
      options_(std::move(options)),
      cache_(options_.cache_bytes),
      mailbox_(std::make_shared<Mailbox>(options_.wake)),
      background_(options_.wake),
      files_(options_.wake),
      loading_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }),
      reading_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }),
      evaluation_lane_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }),
      runs_lane_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }),
      curves_lane_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }),
      interactive_([box = mailbox_](std::exception_ptr problem) {
        box->post(&Mailbox::Content::messages, Message{Message::Level::error, text_of(problem)});
      }) {}

Session::~Session() = default;

void Session::report(Message::Level level, std::string text) {
  if (!messages_.empty() && messages_.back().text == text) return;
  if (messages_.size() == kept_messages) messages_.erase(messages_.begin());
  messages_.push_back({level, std::move(text)});
}

std::optional<std::int64_t> Session::focused_position() const {
  const auto position = hovered_ ? hovered_ : view_.pinned;
  if (!position || !example_ || *position >= static_cast<std::int64_t>(example_->rows)) return std::nullopt;
  return position;
}

void Session::update() {
  take_results();
  pin_first();
  request_example();
  request_results();
  request_curves();
  if (evaluation_state_ == Loading::loaded && view_.evaluation.baseline != evaluation_baseline_)
    read_evaluation();
  finish_waiting();
}

void Session::take_results() {
  Mailbox::Content content = mailbox_->take();
  for (auto& opened : content.opened) {
    if (opened.opening != opening_) continue;  // an older choice
    workspace_state_ = opened.workspace ? Loading::loaded : Loading::failed;
    workspace_error_ = opened.error;
    if (opened.workspace) take_workspace(std::move(opened.workspace));
  }
  for (auto& scored : content.scored) {
    if (!workspace_ || scored.workspace != workspace_->id || scored.index != view_.example) continue;
    scoring_ = -1;
    example_state_ = scored.example ? Loading::loaded : Loading::failed;
    example_error_ = scored.error;
    example_ = std::move(scored.example);
    if (example_) check_pin();
    pin_waits_ = !view_.pinned;
    curves_work_.clear();  // they hold the logits of the example before
  }
  for (auto& result : content.rows)
    cache_.rows.insert(std::move(result));
  for (auto& result : content.objectives)
    cache_.objectives.insert(std::move(result));
  for (auto& result : content.details)
    cache_.details.insert(std::move(result));
  for (auto& result : content.curves)
    cache_.curves.insert(std::move(result));
  for (auto& analysed : content.analysed) {
    if (analysed.opening == opening_) read_data(analysed.folder);
  }
  for (auto& read : content.read) {
    if (read.reading != reading_number_) continue;  // an older choice
    data_state_ = read.summary ? Loading::loaded : Loading::failed;
    data_error_ = std::move(read.error);
    data_ = std::move(read.summary);
  }
  for (auto& [watch, set] : content.runs) {
    if (watch != watching_) continue;
    runs_ = std::move(set);
    runs_unread_ = false;
  }
  if (!content.left.empty()) watch_runs();  // their last events are there: the next look is now
  take_evaluations(std::move(content.evaluations));
  for (const auto& folder : content.evaluated)
    if (folder == evaluation_folder_) read_evaluation();
  if (!content.failed.empty()) failed_ = content.failed.back();
  if (!content.failed_curves.empty()) failed_curves_ = content.failed_curves.back();
  for (auto& message : content.messages)
    report(message.level, std::move(message.text));
}

void Session::take_workspace(std::shared_ptr<const Workspace> workspace) {
  workspace_ = std::move(workspace);
  sources_ = workspace_->sources;
  for (const FailedStudent& failed : workspace_->failed_students) {
    report(Message::Level::error,
           fmt::format("the student {} was left out: {}\nto try again, add the student {}", failed.name,
                       failed.error, failed.path.string()));
  }
  if (const auto analysis = sources_.run.empty() ? analysis_ : sources_.run; !analysis.empty())
    read_data(analysis);
  const auto& examples = workspace_->examples;
  const bool by_command = std::exchange(example_unchecked_, false);
  const bool known = std::any_of(examples.begin(), examples.end(),
                                 [&](const ExampleTitle& title) { return title.index == view_.example; });
  if (!known) {
    if (by_command || view_.example >= 0) {
      report(by_command ? Message::Level::error : Message::Level::note,
             fmt::format("there is no example {} in what is open{}", view_.example,
                         examples.empty() ? "" : "; the first one is shown"));
    }
    const bool pin_is_meant = pin_unchecked_ && view_.example < 0 && !examples.empty();  // of the first one
    if (!pin_is_meant) view_.pinned.reset();
    view_.example = examples.empty() ? -1 : examples.front().index;
  }
  const std::size_t students = workspace_->students.size();
  if (students_unchecked_) {  // chosen by a command before anything was open
    for (const std::size_t index : {view_.student, view_.compare_a, view_.compare_b})
      if (index >= students && index > 1)
        report(Message::Level::error, fmt::format("there is no student number {}: {} {} open", index,
                                                  students, students == 1 ? "is" : "are"));
  }
  students_unchecked_ = false;
  if (view_.student >= students) view_.student = 0;
  if (view_.compare_a >= students) view_.compare_a = 0;
  if (view_.compare_b >= students) view_.compare_b = students > 1 ? 1 : 0;
}

/// A pin may have been chosen before its example was there.
void Session::check_pin() {
  const bool by_command = std::exchange(pin_unchecked_, false);
  const auto rows = static_cast<std::int64_t>(example_->rows);
  if (!view_.pinned || (*view_.pinned >= 0 && *view_.pinned < rows)) return;
  report(by_command ? Message::Level::error : Message::Level::note,
         fmt::format("the example has no position {}: it has {}", *view_.pinned, rows));
  view_.pinned.reset();
}

/// An example opens on the token that stands out most, so that there is something to see at once.
void Session::pin_first() {
  if (!pin_waits_) return;
  if (!example_ || view_.pinned) {
    pin_waits_ = false;
    return;
  }
  const bool compares = view_.tab == Tab::compare;
  const Shown shown = rows(compares ? view_.compare_a : view_.student);
  if (!shown.is_current) return;
  pin_waits_ = false;
  const StatisticsColumn* column =
      find_statistics_column(compares ? view_.compare_quantity : view_.colour_by);
  if (column == nullptr) return;
  double most = -INFINITY;
  const auto& positions = shown.result->rows;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const double value = positions[i].*(column->member);
    if (!std::isfinite(value) || value <= most) continue;
    most = value;
    view_.pinned = static_cast<std::int64_t>(i);
  }
}

void Session::open(const Sources& sources) {
  sources_ = sources;
  workspace_.reset();
  example_.reset();
  scoring_ = -1;
  example_state_ = Loading::nothing;
  workspace_error_.clear();
  example_error_.clear();
  forget_data();
  curves_work_.clear();
  ++opening_;
  if (!complete(sources_)) {
    workspace_state_ = Loading::nothing;
    loading_.cancel();
    return;
  }
  workspace_state_ = Loading::loading;
  loading_.submit([this, box = mailbox_, sources, opening = opening_](std::stop_token stop) {
    MailboxProgress progress(
        [&](Message message) { box->post(&Mailbox::Content::messages, std::move(message)); });
    Mailbox::Opened opened{opening, nullptr, ""};
    try {
      opened.workspace = engine_.open(sources, progress, stop);
    } catch (...) {
      opened.error = text_of(std::current_exception());
    }
    if (!stop.stop_requested()) box->post(&Mailbox::Content::opened, std::move(opened));
  });
}

void Session::open_other(const Sources& sources) {
  const Sources& now = sources_;
  const bool same = sources.teacher == now.teacher && sources.data == now.data &&
                    sources.teacher_logits == now.teacher_logits && sources.run == now.run &&
                    sources.prompt_template == now.prompt_template;
  if (!same && complete(now)) {
    const ViewState fresh;
    view_.pinned.reset();
    view_.search.clear();
    view_.marked.clear();
    view_.student = fresh.student;
    view_.compare_a = fresh.compare_a;
    view_.compare_b = fresh.compare_b;
    hovered_.reset();
  }
  open(sources);
}

void Session::request_example() {
  if (!workspace_ || view_.example < 0 || scoring_ == view_.example) return;
  if (example_ && example_->index == view_.example) return;
  if (example_state_ == Loading::failed && scoring_ == -1) return;  // told already; a new choice resets it
  scoring_ = view_.example;
  example_state_ = Loading::loading;
  example_error_.clear();
  loading_.submit(
      [this, box = mailbox_, workspace = workspace_, index = view_.example](std::stop_token stop) {
        MailboxProgress progress(
            [&](Message message) { box->post(&Mailbox::Content::messages, std::move(message)); });
        Mailbox::Scored scored{workspace->id, index, nullptr, ""};
        try {
          scored.example = engine_.score(*workspace, index, progress, stop);
        } catch (...) {
          scored.error = text_of(std::current_exception());
        }
        if (!stop.stop_requested()) box->post(&Mailbox::Content::scored, std::move(scored));
      });
}

void Session::forget_data() {
  ++reading_number_;
  reading_.cancel();
  analysis_.clear();
  data_.reset();
  data_state_ = Loading::nothing;
  data_error_.clear();
}

void Session::read_data(std::filesystem::path folder) {
  forget_data();
  analysis_ = folder;
  data_state_ = Loading::loading;
  reading_.submit([this, box = mailbox_, folder, reading = reading_number_](std::stop_token stop) {
    MailboxProgress progress(
        [&](Message message) { box->post(&Mailbox::Content::messages, std::move(message)); });
    Mailbox::Read read{reading, nullptr, ""};
    try {
      read.summary = engine_.read_analysis(folder, progress, stop);
    } catch (...) {
      read.error = text_of(std::current_exception());
    }
    if (!stop.stop_requested()) box->post(&Mailbox::Content::read, std::move(read));
  });
}

bool Session::settled() const {
  return workspace_state_ != Loading::loading && example_state_ != Loading::loading &&
         data_state_ != Loading::loading && !loading_.busy() && !reading_.busy() &&
         evaluation_state_ != Loading::loading && !evaluation_lane_.busy() && !runs_unread_ &&
         !interactive_.busy() && !curves_lane_.busy() && !lacks_something();
}

bool Session::busy() const {
  // The lanes first: what they post comes before they are idle.
  return background_.busy() || files_.busy() || !settled() || export_waits_ || !waiting_.empty() ||
         mailbox_->holds_something();
}

Json Session::to_json() const {
  FieldWriter writer;
  Sources sources = sources_;
  visit_fields(sources, writer);
  Json saved = {{"format", "tauscope-session"},
                {"version", 1},
                {"sources", writer.take()},
                {"view", view_to_json(view_)}};
  if (!analysis_.empty()) saved["analysis"] = std::filesystem::absolute(analysis_).string();
  if (!evaluation_folder_.empty())
    saved["evaluation"] = std::filesystem::absolute(evaluation_folder_).string();
  for (const auto& folder : run_folders_)
    saved["runs"].push_back(std::filesystem::absolute(folder).string());
  return saved;
}

void Session::restore(const Json& saved, const std::string& file) {
  const JsonFields fields(saved, file);
  if (fields.string("format") != "tauscope-session" || fields.integer("version", 1, 1) != 1) {
    throw Error::bad_input(file, "not a saved session");
  }
  Sources sources;
  FieldReader reader(fields.at("sources"), file);
  visit_fields(sources, reader);
  view_ = view_from_json(fields.at("view"), file);
  open(sources);
  if (fields.has("runs") && fields.at("runs").is_array()) {
    for (const Json& folder : fields.at("runs"))
      if (folder.is_string()) run_folders_.emplace_back(folder.get<std::string>());
    watch_runs();
  }
  if (fields.has("evaluation")) {
    evaluation_folder_ = fields.string("evaluation");
    read_evaluation();
  }
  if (fields.has("analysis")) analysis_ = fields.string("analysis");  // read once the sources are open
}

}  // namespace tauscope
