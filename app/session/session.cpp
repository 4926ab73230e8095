#include "app/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/session/fields.h"
#include "app/session/results.h"

namespace tauscope {

namespace {

constexpr std::size_t kept_messages = 200;

bool complete(const Sources& sources) {
  if (!sources.run.empty()) return true;
  if (!sources.teacher_logits.empty()) return !sources.student_logits.empty();
  return !sources.teacher.empty() && !sources.students.empty() && !sources.data.empty();
}

/// For progress that belongs to the view and not to a job: only what the user must know is kept.
class MailboxProgress final : public ProgressSink {
 public:
  explicit MailboxProgress(std::function<void(Message)> post) : post_(std::move(post)) {}
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view message) override { post_({Message::Level::warning, std::string(message)}); }
  void note(std::string_view message) override { post_({Message::Level::note, std::string(message)}); }

 private:
  std::function<void(Message)> post_;
};

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

}  // namespace

/// Where workers put what they have finished; emptied by update().
struct Session::Mailbox {
  struct Opened {
    std::uint64_t opening = 0;
    std::shared_ptr<const Workspace> workspace;
    std::string error;
  };
  struct Scored {
    std::uint64_t workspace = 0;
    std::int64_t index = -1;
    std::shared_ptr<const ScoredExample> example;
    std::string error;
  };
  struct Content {
    std::vector<Opened> opened;
    std::vector<Scored> scored;
    std::vector<std::shared_ptr<const RowsResult>> rows;
    std::vector<std::shared_ptr<const DetailResult>> details;
    std::vector<std::shared_ptr<const CurvesResult>> curves;
    std::vector<Message> messages;
    std::vector<std::shared_ptr<const Request>> failed;
  };

  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  template <typename Entry>
  void post(std::vector<Entry> Content::*where, Entry entry) {
    {
      const std::lock_guard lock(mutex_);
      (content_.*where).push_back(std::move(entry));
    }
    if (wake_) wake_();
  }
  Content take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(content_, {});
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  Content content_;
};

/// What the current view lacks, most urgent first.
struct Session::Request {
  std::vector<DetailKey> details;
  std::vector<RowsKey> rows;
  std::vector<CurvesKey> curves;
  bool operator==(const Request&) const = default;
  bool empty() const { return details.empty() && rows.empty() && curves.empty(); }
};

Session::Session(Engine& engine, SessionOptions options)
    : engine_(engine),
      options_(std::move(options)),
      cache_(options_.cache_bytes),
      mailbox_(std::make_shared<Mailbox>(options_.wake)),
      background_(options_.wake),
      loading_([box = mailbox_](std::exception_ptr problem) {
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
  request_example();
  request_results();
}

void Session::take_results() {
  Mailbox::Content content = mailbox_->take();
  for (auto& opened : content.opened) {
    if (opened.opening != opening_) continue;  // an older choice
    workspace_state_ = opened.workspace ? Loading::loaded : Loading::failed;
    workspace_error_ = opened.error;
    workspace_ = opened.workspace;
    if (!workspace_) continue;
    sources_ = workspace_->sources;
    const auto& examples = workspace_->examples;
    const bool known = std::any_of(examples.begin(), examples.end(),
                                   [&](const ExampleTitle& title) { return title.index == view_.example; });
    if (!known) {
      view_.example = examples.empty() ? -1 : examples.front().index;
      view_.pinned.reset();
    }
    const std::size_t students = workspace_->students.size();
    if (view_.student >= students) view_.student = 0;
    if (view_.compare_a >= students) view_.compare_a = 0;
    if (view_.compare_b >= students) view_.compare_b = students > 1 ? 1 : 0;
  }
  for (auto& scored : content.scored) {
    if (!workspace_ || scored.workspace != workspace_->id || scored.index != view_.example) continue;
    scoring_ = -1;
    example_state_ = scored.example ? Loading::loaded : Loading::failed;
    example_error_ = scored.error;
    example_ = std::move(scored.example);
  }
  for (auto& result : content.rows)
    cache_.rows.insert(std::move(result));
  for (auto& result : content.details)
    cache_.details.insert(std::move(result));
  for (auto& result : content.curves)
    cache_.curves.insert(std::move(result));
  if (!content.failed.empty()) failed_ = content.failed.back();
  for (auto& message : content.messages)
    report(message.level, std::move(message.text));
}

void Session::open(const Sources& sources) {
  sources_ = sources;
  workspace_.reset();
  example_.reset();
  scoring_ = -1;
  example_state_ = Loading::nothing;
  workspace_error_.clear();
  example_error_.clear();
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

namespace {

bool is_one_pass(const std::string& quantity) {
  const auto columns = statistics_columns();
  return std::any_of(columns.begin(), columns.end(), [&](const StatisticsColumn& column) {
    return quantity == column.name && column.one_pass;
  });
}

std::vector<std::size_t> shown_students(const ViewState& view, std::size_t count) {
  std::vector<std::size_t> shown;
  if (view.tab == Tab::compare) {
    shown = {view.compare_a, view.compare_b};
    if (view.compare_a == view.compare_b) shown.pop_back();
  } else {
    shown = {view.student};
  }
  std::erase_if(shown, [&](std::size_t student) { return student >= count; });
  return shown;
}

StatisticsSet needed_set(const ViewState& view) {
  // The comparison's table shows every quantity; the strip shows one.
  return view.tab != Tab::compare && is_one_pass(view.colour_by) ? StatisticsSet::one_pass
                                                                 : StatisticsSet::all;
}

ResultBasis basis_of(const ViewState& view, const ScoredExample& example, std::size_t student) {
  return {example.id, student, view.tau_scaling, view.dominant};
}

}  // namespace

Session::Shown Session::rows(std::size_t student) const {
  if (!example_) return {};
  RowsKey key{basis_of(view_, *example_, student), view_.tau, StatisticsSet::all};
  auto found = cache_.rows.find(key);
  if (!found && needed_set(view_) == StatisticsSet::one_pass) {
    key.set = StatisticsSet::one_pass;
    found = cache_.rows.find(key);
  }
  if (found) return {found, true};
  return {cache_.rows.latest([&](const RowsKey& other) {
            return other.basis.example == example_->id && other.basis.student == student;
          }),
          false};
}

Session::ShownDetail Session::detail(std::size_t student) const {
  const auto position = focused_position();
  if (!position) return {};
  const DetailKey key{basis_of(view_, *example_, student), view_.tau, *position, view_.top_k};
  if (auto found = cache_.details.find(key)) return {found, true};
  return {cache_.details.latest([&](const DetailKey& other) {
            return other.basis.example == example_->id && other.basis.student == student &&
                   other.position == *position;
          }),
          false};
}

Session::ShownCurves Session::curves(std::size_t student) const {
  if (!example_) return {};
  CurvesKey key{basis_of(view_, *example_, student), std::nullopt};
  if (view_.curve_scope == CurveScope::token) {
    key.position = focused_position();
    if (!key.position) return {};
  }
  if (auto found = cache_.curves.find(key)) return {found, true};
  return {cache_.curves.latest([&](const CurvesKey& other) {
            return other.basis.example == example_->id && other.basis.student == student &&
                   other.position == key.position;
          }),
          false};
}

Session::Request Session::wanted() const {
  Request request;
  if (!example_ || !workspace_) return request;
  for (const std::size_t student : shown_students(view_, workspace_->students.size())) {
    const ResultBasis basis = basis_of(view_, *example_, student);
    if (const auto position = focused_position()) {
      const DetailKey key{basis, view_.tau, *position, view_.top_k};
      if (!cache_.details.find(key)) request.details.push_back(key);
      const CurvesKey curve{basis, position};
      if (view_.curve_scope == CurveScope::token && !cache_.curves.find(curve))
        request.curves.push_back(curve);
    }
    if (!rows(student).is_current) request.rows.push_back({basis, view_.tau, needed_set(view_)});
    const CurvesKey whole{basis, std::nullopt};
    if (!cache_.curves.find(whole)) request.curves.push_back(whole);
  }
  return request;
}

void Session::request_results() {
  Request request = wanted();
  if (request.empty() || (failed_ && *failed_ == request))
    return;  // what failed is not tried again and again
  if (asked_ && *asked_ == request && interactive_.busy()) return;
  // What is being worked on shrinks the request as its parts arrive: as long as nothing new is wanted, let it
  // finish.
  const auto contains = [](const auto& all, const auto& some) {
    return std::all_of(some.begin(), some.end(),
                       [&](const auto& key) { return std::find(all.begin(), all.end(), key) != all.end(); });
  };
  if (asked_ && interactive_.busy() && contains(asked_->details, request.details) &&
      contains(asked_->rows, request.rows) && contains(asked_->curves, request.curves)) {
    return;
  }
  asked_ = std::make_shared<const Request>(std::move(request));
  interactive_.submit([this, box = mailbox_, example = example_, request = asked_](std::stop_token stop) {
    try {
      answer(*box, *example, *request, stop);
    } catch (...) {
      box->post(&Mailbox::Content::failed, request);
      throw;
    }
  });
}

void Session::answer(Mailbox& box, const ScoredExample& example, const Request& request,
                     std::stop_token stop) {
  for (const DetailKey& key : request.details) {
    if (stop.stop_requested()) return;
    box.post(&Mailbox::Content::details, compute_detail(engine_, example, key, stop));
  }
  for (const RowsKey& key : request.rows) {
    if (auto result = compute_rows(engine_, example, key, stop)) {
      box.post(&Mailbox::Content::rows, std::move(result));
    }
  }
  for (const CurvesKey& key : request.curves) {
    if (auto result = compute_curves(engine_, example, key, stop)) {
      box.post(&Mailbox::Content::curves, std::move(result));
    }
  }
}

bool Session::lacks_something() const {
  const Request request = wanted();
  return !request.empty() && !(failed_ && *failed_ == request);
}

bool Session::busy() const {
  return workspace_state_ == Loading::loading || example_state_ == Loading::loading || loading_.busy() ||
         interactive_.busy() || background_.busy() || lacks_something();
}

Json Session::to_json() const {
  FieldWriter writer;
  Sources sources = sources_;
  visit_fields(sources, writer);
  return {{"format", "tauscope-session"},
          {"version", 1},
          {"sources", writer.take()},
          {"view", view_to_json(view_)}};
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
}

}  // namespace tauscope
