#include "core/jobs/background_lane.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "core/jobs/thread_priority.h"

namespace tauscope {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kept_messages = 100;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

const char* job_state_name(JobState state) {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      return "cancelled";
  }
  return "?";
}

struct BackgroundLane::Job {
  JobStatus status;
  Work work;
  std::stop_source stop;
  Clock::time_point started{}, phase_started{}, ended{};

  JobStatus snapshot(Clock::time_point now) const {
    JobStatus copy = status;
    if (copy.state == JobState::queued) return copy;
    const bool running = copy.state == JobState::running;
    copy.seconds = seconds_between(started, running ? now : ended);
    if (running && copy.total > 0 && copy.done > 0) {
      copy.seconds_left = seconds_between(phase_started, now) * static_cast<double>(copy.total - copy.done) /
                          static_cast<double>(copy.done);
    }
    return copy;
  }
};

/// Writes what the job says into its status.
class BackgroundLane::Sink final : public ProgressSink {
 public:
  Sink(BackgroundLane& lane, Job& job) : lane_(lane), job_(job) {}

  void progress(std::string_view phase, std::int64_t done, std::int64_t total) override {
    update([&](JobStatus& status) {
      if (status.phase != phase) {
        status.phase = phase;
        job_.phase_started = Clock::now();
      }
      status.done = done;
      status.total = total;
    });
  }
  void warning(std::string_view message) override { add("warning: " + std::string(message)); }
  void note(std::string_view message) override { add(std::string(message)); }

 private:
  void add(std::string text) {
    update([&](JobStatus& status) {
      if (status.messages.size() == kept_messages) status.messages.erase(status.messages.begin());
      status.messages.push_back(std::move(text));
    });
  }

  template <typename Change>
  void update(Change change) {
    {
      const std::lock_guard lock(lane_.mutex_);
      change(job_.status);
    }
    if (lane_.changed_callback_) lane_.changed_callback_();
  }

  BackgroundLane& lane_;
  Job& job_;
};

BackgroundLane::BackgroundLane(std::function<void()> changed)
    : changed_callback_(std::move(changed)),
      worker_([this](std::stop_token stop) { serve(std::move(stop)); }) {}

BackgroundLane::~BackgroundLane() {
  worker_.request_stop();
  const std::lock_guard lock(mutex_);
  for (Job& job : jobs_)
    job.stop.request_stop();
}

JobId BackgroundLane::submit(std::string name, Work work) {
  JobId id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_id_++;
    Job& job = jobs_.emplace_back();
    job.status.id = id;
    job.status.name = std::move(name);
    job.work = std::move(work);
  }
  changed_.notify_all();
  if (changed_callback_) changed_callback_();
  return id;
}

void BackgroundLane::cancel(JobId id) {
  {
    const std::lock_guard lock(mutex_);
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [id](const Job& j) { return j.status.id == id; });
    if (job == jobs_.end()) return;
    job->stop.request_stop();
    if (job->status.state == JobState::queued) {
      job->status.state = JobState::cancelled;
      job->started = job->ended = Clock::now();
    }
  }
  changed_.notify_all();
  if (changed_callback_) changed_callback_();
}

std::vector<JobStatus> BackgroundLane::jobs() const {
  const auto now = Clock::now();
  std::vector<JobStatus> list;
  const std::lock_guard lock(mutex_);
  for (const Job& job : jobs_)
    list.push_back(job.snapshot(now));
  return list;
}

std::optional<JobStatus> BackgroundLane::find(JobId id) const {
  for (JobStatus& status : jobs()) {
    if (status.id == id) return std::move(status);
  }
  return std::nullopt;
}

bool BackgroundLane::busy() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) {
    return job.status.state == JobState::queued || job.status.state == JobState::running;
  });
}

void BackgroundLane::wait_idle() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return std::none_of(jobs_.begin(), jobs_.end(), [](const Job& job) {
      return job.status.state == JobState::queued || job.status.state == JobState::running;
    });
  });
}

void BackgroundLane::serve(std::stop_token lane_stop) {
  give_way();
  const auto next = [this] {
    return std::find_if(jobs_.begin(), jobs_.end(),
                        [](const Job& j) { return j.status.state == JobState::queued; });
  };
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, lane_stop, [&] { return next() != jobs_.end(); })) {
    if (lane_stop.stop_requested()) return;
    Job& job = *next();
    job.status.state = JobState::running;
    job.started = job.phase_started = Clock::now();
    Work work = std::move(job.work);
    lock.unlock();
    if (changed_callback_) changed_callback_();
    Sink sink(*this, job);
    JobState state = JobState::done;
    std::string error;
    try {
      work(sink, job.stop.get_token());
      if (job.stop.stop_requested()) state = JobState::cancelled;
    } catch (const std::exception& problem) {
      state = JobState::failed;
      error = problem.what();
    } catch (...) {
      state = JobState::failed;
      error = "an unknown exception";
    }
    work = nullptr;
    finish(job, state, std::move(error));
    lock.lock();
  }
}

void BackgroundLane::finish(Job& job, JobState state, std::string error) {
  {
    const std::lock_guard lock(mutex_);
    job.status.state = state;
    job.status.error = std::move(error);
    job.ended = Clock::now();
  }
  changed_.notify_all();
  if (changed_callback_) changed_callback_();
}

}  // namespace tauscope
