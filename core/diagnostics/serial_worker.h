// One thread that does small jobs in the order they come, while the caller computes what comes next.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace tauscope {

class SerialWorker {
 public:
  /// At most `waiting` jobs queue up; submit() then waits, so that memory stays bounded.
  explicit SerialWorker(std::size_t waiting);
  /// Jobs that have not begun are dropped.
  ~SerialWorker();
  SerialWorker(const SerialWorker&) = delete;
  SerialWorker& operator=(const SerialWorker&) = delete;

  /// Throws what an earlier job threw; no job runs after one that failed.
  void submit(std::function<void()> job);
  /// Waits until all jobs are done; throws what one of them threw.
  void finish();

 private:
  void run();

  const std::size_t waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false, ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tauscope
