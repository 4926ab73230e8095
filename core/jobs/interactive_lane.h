// A mailbox of one: for work whose answer is worthless once a newer question is asked.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace tauscope {

/// One worker thread. A new request replaces the one that waits and asks the one that runs to stop, so at
/// most one runs and one waits whatever the caller does. Safe to call from any thread.
class InteractiveLane {
 public:
  using Work = std::function<void(std::stop_token)>;
  using OnError = std::function<void(std::exception_ptr)>;

  /// `on_error` gets what a request threw (also one that was asked to stop), on the worker's thread.
  explicit InteractiveLane(OnError on_error);
  /// Drops what waits, stops what runs, and waits for it.
  ~InteractiveLane();
  InteractiveLane(const InteractiveLane&) = delete;
  InteractiveLane& operator=(const InteractiveLane&) = delete;

  void submit(Work work);
  /// Drops what waits and stops what runs.
  void cancel();
  bool busy() const;
  /// Returns when nothing waits and nothing runs.
  void wait_idle() const;

 private:
  void serve(std::stop_token lane_stop);

  OnError on_error_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  Work waiting_;              // empty: nothing waits
  std::stop_source current_;  // of the running request
  bool running_ = false;
  std::jthread worker_;  // last: starts when everything else is there
};

}  // namespace tauscope
