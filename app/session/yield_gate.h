// Lets long work stand aside while short work comes in.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace tauscope {

/// Short work says when it is asked for and while it runs; long work waits between its blocks until none has
/// been seen for a moment, so that a slider that is being dragged has the processor to itself. Safe from any
/// thread.
class YieldGate {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds quiet{
      100};  ///< longer than the gap between two events of a drag

  /// Short work has been asked for.
  void touch() {
    const std::lock_guard lock(mutex_);
    last_ = Clock::now();
  }
  /// Held while short work runs.
  class Pass {
   public:
    explicit Pass(YieldGate& gate) : gate_(gate) {
      const std::lock_guard lock(gate_.mutex_);
      ++gate_.inside_;
    }
    ~Pass() {
      {
        const std::lock_guard lock(gate_.mutex_);
        --gate_.inside_;
        gate_.last_ = Clock::now();
      }
      gate_.changed_.notify_all();
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    YieldGate& gate_;
  };
  /// Returns when long work may go on; false if it was stopped.
  bool wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      if (inside_ > 0) {
        changed_.wait(lock, stop, [this] { return inside_ == 0; });
        continue;
      }
      const auto free_at = last_ + quiet;
      if (Clock::now() >= free_at) return true;
      changed_.wait_until(lock, stop, free_at, [this] { return inside_ > 0; });
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int inside_ = 0;
  Clock::time_point last_{};
};

}  // namespace tauscope
