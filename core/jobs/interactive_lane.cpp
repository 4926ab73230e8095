#include "core/jobs/interactive_lane.h"

#include <utility>

#include "core/jobs/thread_priority.h"

namespace tauscope {

InteractiveLane::InteractiveLane(OnError on_error)
    : on_error_(std::move(on_error)), worker_([this](std::stop_token stop) { serve(std::move(stop)); }) {}

InteractiveLane::~InteractiveLane() {
  worker_.request_stop();
  cancel();
}

void InteractiveLane::submit(Work work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(work);
    current_.request_stop();
  }
  changed_.notify_all();
}

void InteractiveLane::cancel() {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    current_.request_stop();
  }
  changed_.notify_all();
}

bool InteractiveLane::busy() const {
  const std::lock_guard lock(mutex_);
  return running_ || waiting_;
}

void InteractiveLane::wait_idle() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !running_ && !waiting_; });
}

void InteractiveLane::serve(std::stop_token lane_stop) {
  give_way();
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, lane_stop, [this] { return static_cast<bool>(waiting_); })) {
    Work work = std::exchange(waiting_, nullptr);
    current_ = std::stop_source();
    const std::stop_token stop = current_.get_token();
    running_ = true;
    lock.unlock();
    try {
      work(stop);
    } catch (...) {
      on_error_(std::current_exception());
    }
    work = nullptr;  // what the request captured dies outside the lock
    lock.lock();
    running_ = false;
    changed_.notify_all();
    if (lane_stop.stop_requested()) return;
  }
}

}  // namespace tauscope
