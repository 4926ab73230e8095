// Long work, one after the other: analyses, evaluations, training runs. Each can be watched and cancelled.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"

namespace tauscope {

enum class JobState { queued, running, done, failed, cancelled };
const char* job_state_name(JobState state);

using JobId = std::uint64_t;

/// A copy of what is known of a job; safe to keep.
struct JobStatus {
  JobId id = 0;
  std::string name;
  JobState state = JobState::queued;
  std::string phase;
  std::int64_t done = 0, total = 0;   ///< of the phase; total 0 = unknown
  double seconds = 0;                 ///< since it started, or how long it took
  double seconds_left = -1;           ///< estimate for the phase; negative = none
  std::vector<std::string> messages;  ///< notes and warnings, in order; the latest 100
  std::string error;                  ///< of a failed job, ready to show
};

/// One worker thread and a queue. An exception ends its job, never the lane.
class BackgroundLane {
 public:
  /// The work reports through the sink and watches the token; returning after a stop counts as cancelled.
  using Work = std::function<void(ProgressSink&, std::stop_token)>;

  /// `changed` is called (on any thread, outside the lock) when a status changed: it wakes the window.
  explicit BackgroundLane(std::function<void()> changed = {});
  /// Cancels everything and waits for the running job.
  ~BackgroundLane();
  BackgroundLane(const BackgroundLane&) = delete;
  BackgroundLane& operator=(const BackgroundLane&) = delete;

  JobId submit(std::string name, Work work);
  /// A queued job never starts; a running one is asked to stop. Unknown and finished jobs: no effect.
  void cancel(JobId id);
  std::vector<JobStatus> jobs() const;  ///< oldest first
  std::optional<JobStatus> find(JobId id) const;
  bool busy() const;
  void wait_idle() const;

 private:
  struct Job;
  class Sink;
  void serve(std::stop_token lane_stop);
  void finish(Job& job, JobState state, std::string error);

  std::function<void()> changed_callback_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<Job> jobs_;  // a deque keeps addresses while it grows
  JobId next_id_ = 1;
  std::jthread worker_;  // last: starts when everything else is there
};

}  // namespace tauscope
