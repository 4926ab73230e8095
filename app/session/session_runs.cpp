// Distillation runs: starting them, going on with them, and watching their folders.
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "app/session/session_parts.h"
#include "core/base/csv.h"

namespace tauscope {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(400);

std::string job_name(const std::filesystem::path& folder) {
  return "run " + folder.string();
}

std::filesystem::path plain(const std::string& folder) {
  std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();  // "folder/"
}

bool alive(const JobStatus& job) {
  return job.state == JobState::queued || job.state == JobState::running;
}

}  // namespace

std::optional<JobStatus> Session::run_job(const std::filesystem::path& folder) const {
  std::optional<JobStatus> latest;
  for (JobStatus& job : background_.jobs())
    if (job.name == job_name(folder)) latest = std::move(job);
  return latest;
}

/// A look costs little where nothing changed; runs of other processes give no notice.
void Session::watch_runs() {
  ++watching_;
  runs_unread_ = !run_folders_.empty();
  if (run_folders_.empty()) {
    runs_lane_.cancel();
    runs_.reset();
    return;
  }
  runs_lane_.submit([box = mailbox_, folders = run_folders_, watch = watching_](std::stop_token stop) {
    RunWatcher watcher(folders);
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      if (auto set = watcher.poll()) box->post(&Mailbox::Content::runs, std::pair(watch, std::move(set)));
      woken.wait_for(lock, stop, between_looks, [] { return false; });
    }
  });
}

void Session::act(const SetDistillView& c) {
  change(&ViewState::distill_view, c.view);
}
void Session::act(const SetSmoothing& c) {
  ViewState next = view_;
  next.smoothing = c.weight;
  change_view(next, SetSmoothing::name);
}

void Session::act(const OpenRuns& c) {
  if (c.folder.empty()) throw Error::usage("which run? A folder is needed");
  const std::filesystem::path folder = plain(c.folder);
  std::vector<std::filesystem::path> found;
  if (is_run_folder(folder)) {
    found.push_back(folder);
  } else {
    found = list_runs(folder);
  }
  if (found.empty())
    throw Error::bad_input(folder.string(), "there is no run in it")
        .expected("the folder of a run (spec.json), or one with such folders in it");
  for (const auto& each : found)
    if (std::find(run_folders_.begin(), run_folders_.end(), each) == run_folders_.end())
      run_folders_.push_back(each);
  watch_runs();
  ViewState next = view_;
  next.tab = Tab::distill;
  next.distill_view = DistillView::runs;
  change_view(next);
}

void Session::act(const CloseRun& c) {
  std::erase(run_folders_, plain(c.folder));
  watch_runs();
}

void Session::work_on_run(const std::filesystem::path& folder,
                          std::function<void(ProgressSink&, std::stop_token)> work) {
  if (const auto job = run_job(folder); job && alive(*job))
    throw Error::usage("this run is under way already");
  background_.submit(job_name(folder), [box = mailbox_, folder, work = std::move(work)](
                                           ProgressSink& progress, const std::stop_token& stop) {
    const auto tell = [&] { box->post(&Mailbox::Content::left, folder); };
    try {
      work(progress, stop);
    } catch (...) {
      tell();
      throw;
    }
    tell();
  });
  if (std::find(run_folders_.begin(), run_folders_.end(), folder) == run_folders_.end())
    run_folders_.push_back(folder);
  watch_runs();
  ViewState next = view_;
  next.tab = Tab::distill;
  next.distill_view = DistillView::runs;
  change_view(next);
}

void Session::act(const StartRun& c) {
  if (c.spec.empty()) throw Error::usage("a run needs a spec");
  if (c.folder.empty()) throw Error::usage("a run needs a folder to write to");
  const std::filesystem::path folder = plain(c.folder);
  work_on_run(folder, [this, c, folder](ProgressSink& progress, std::stop_token stop) {
    engine_.start_run(c.spec, c.settings, folder, progress, stop);
  });
}

void Session::act(const ResumeRun& c) {
  const std::filesystem::path folder = plain(c.folder);
  require_run_folder(folder);
  work_on_run(folder, [this, folder](ProgressSink& progress, std::stop_token stop) {
    engine_.resume_run(folder, progress, stop);
  });
}

}  // namespace tauscope
