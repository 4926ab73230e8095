// What the session's own files share: the mailbox of its workers and what it asks them for.
#pragma once

#include <mutex>

#include "app/session/results.h"
#include "app/session/session.h"

namespace tauscope {

struct Session::EvaluationRead {
  std::uint64_t reading = 0;
  std::shared_ptr<const EvaluationResult> result;
  std::string error;
};

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
  struct Analysed {
    std::uint64_t opening = 0;
    std::filesystem::path folder;
  };
  struct Read {
    std::uint64_t reading = 0;
    std::shared_ptr<const DataSummary> summary;
    std::string error;
  };
  struct Content {
    std::vector<Opened> opened;
    std::vector<Scored> scored;
    std::vector<Analysed> analysed;
    std::vector<Read> read;
    std::vector<EvaluationRead> evaluations;
    std::vector<std::pair<std::uint64_t, std::shared_ptr<const RunSet>>> runs;  ///< with the watch's number
    std::vector<std::filesystem::path> left;       ///< runs in which nobody of this window works any more
    std::vector<std::filesystem::path> evaluated;  ///< folders in which something new is
    std::vector<std::shared_ptr<const RowsResult>> rows;
    std::vector<std::shared_ptr<const DetailResult>> details;
    std::vector<std::shared_ptr<const CurvesResult>> curves;
    std::vector<std::shared_ptr<const ObjectivesResult>> objectives;
    std::vector<Message> messages;
    std::vector<std::shared_ptr<const Request>> failed, failed_curves;
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
  /// True while something waits for update().
  bool holds_something() const {
    const std::lock_guard lock(mutex_);
    const Content& c = content_;
    return !(c.opened.empty() && c.scored.empty() && c.analysed.empty() && c.read.empty() &&
             c.evaluations.empty() && c.evaluated.empty() && c.runs.empty() && c.left.empty() &&
             c.rows.empty() && c.details.empty() && c.curves.empty() && c.objectives.empty() &&
             c.messages.empty() && c.failed.empty() && c.failed_curves.empty());
  }
  Content take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(content_, {});
  }

 private:
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  Content content_;
};

/// Results that the current view lacks, most urgent first.
struct Session::Request {
  std::vector<DetailKey> details;
  std::vector<RowsKey> rows;
  std::vector<CurvesKey> curves;
  std::vector<DetailKey> more_details;  ///< of students that only a table shows
  std::vector<ObjectivesKey> objectives;
  bool operator==(const Request&) const = default;
  bool empty() const {
    return details.empty() && rows.empty() && curves.empty() && more_details.empty() && objectives.empty();
  }
  bool contains(const Request& other) const;
};

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

/// What an exception says, for a person.
std::string text_of(const std::exception_ptr& problem);

}  // namespace tauscope
