#include "core/runs/run_dir.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/runs/read_spec.h"
#include "core/runs/run_record.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr const char* lock_name = "lock";
constexpr std::array state_names{"created", "running", "stopped",    "finished",
                                 "early",   "failed",  "interrupted"};
constexpr auto status_interval = std::chrono::seconds(1);

Error cannot(const fs::path& path, const char* what, const std::error_code& code) {
  if (code == std::errc::no_space_on_device) return Error::exhausted(path.string(), "the disk is full");
  return Error::failed(path.string(), std::string(what) + ": " + code.message())
      .remedy("check the permissions, or choose another folder");
}

/// Open-file-description locks: they go with the process, and asking about one does not take it.
struct flock whole_file(short kind) {
  struct flock lock {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  return lock;
}

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw cannot(folder, "the folder cannot be made", failure);
}

/// But for what a process leaves that was killed before its spec.json was there.
void require_empty(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (name == lock_name || name == "spec.json.partial") continue;
    throw Error::failed(folder.string(), "the folder is not empty; nothing in it was changed")
        .found(entry.path().filename().string())
        .remedy(is_run_folder(folder)
                    ? "go on with the run that it holds by --resume, or choose another folder"
                    : "choose another folder");
  }
}

}  // namespace

const char* run_state_name(RunState state) {
  return state_names[static_cast<std::size_t>(state)];
}

std::optional<RunState> run_state_named(std::string_view name) {
  for (std::size_t i = 0; i < state_names.size(); ++i)
    if (name == state_names[i]) return static_cast<RunState>(i);
  return std::nullopt;
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

RunLock::RunLock(const fs::path& run) {
  const fs::path file = run / lock_name;
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw cannot(file, "cannot be opened", {errno, std::generic_category()});
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0) return;
  const bool held = errno == EAGAIN || errno == EACCES;
  if (!held) return;  // a file system without locks is taken as it is
  ::close(std::exchange(descriptor_, -1));
  throw Error::failed(run.string(), "another process works in this folder")
      .remedy("wait until it ends, or stop it");
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RunLock::is_held(const fs::path& run) {
  const int descriptor = ::open((run / lock_name).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = whole_file(F_WRLCK);
  const bool asked = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return asked && lock.l_type != F_UNLCK;
}

RunDir::RunDir(fs::path folder) : folder_(std::move(folder)) {}

void RunDir::check_new(const fs::path& folder) {
  std::error_code absent;
  if (!fs::exists(folder, absent)) return;
  if (!fs::is_directory(folder, absent)) throw Error::failed(folder.string(), "exists and is not a folder");
  require_empty(folder);
}

std::unique_ptr<RunDir> RunDir::create(const fs::path& folder, const RunSpec& spec, const Json& about) {
  make_folder(folder);
  require_empty(folder);
  std::unique_ptr<RunDir> run(new RunDir(folder));
  run->lock_ = std::make_unique<RunLock>(folder);
  require_empty(folder);  // whoever held the lock until now may have made a run here
  run->spec_ = spec;
  run->about_ = about;
  Json document = about.is_object() ? about : Json::object();
  document.update({{"format", "tauscope-run"},
                   {"version", 1},
                   {"created", utc_now()},
                   {"spec", to_json(spec)},
                   {"spec_sha256", spec_hash(spec)}});
  write_file_atomically(folder / "spec.json",
                        document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return run;
}

std::unique_ptr<RunDir> RunDir::resume(const fs::path& folder, ProgressSink& progress) {
  require_run_folder(folder);
  std::unique_ptr<RunDir> run(new RunDir(folder));
  run->lock_ = std::make_unique<RunLock>(folder);
  const RunRecord record = read_run(folder);
  run->spec_ = record.spec;
  run->about_ = record.about;
  for (auto one = record.checkpoints.rbegin(); one != record.checkpoints.rend() && !run->last_; ++one) {
    const std::string damage = checkpoint_damage(*one);
    if (damage.empty())
      run->last_ = *one;
    else
      progress.warning(fmt::format("{}: {}; the checkpoint is left out", one->folder.string(), damage));
  }
  return run;
}

void RunDir::begin(std::int64_t steps) {
  const std::int64_t from = last_ ? last_->step : 0;
  remove_unfinished_checkpoints(folder_, from);
  events_ = std::make_unique<EventLog>(folder_ / "metrics.jsonl", from);
  step_ = from;
  steps_ = steps;
  write_status(RunState::running);
}

void RunDir::event(const Json& event) {
  events_->add(event);
  if (event.value("event", "") != "step") return;
  step_ = event.value("step", step_);
  if (std::chrono::steady_clock::now() - status_written_ >= status_interval) write_status(RunState::running);
}

fs::path RunDir::checkpoint_folder(std::int64_t step) {
  make_folder(folder_ / "checkpoints");
  const fs::path folder = checkpoint_path(folder_, step);
  std::error_code failure;
  fs::remove_all(folder, failure);
  if (failure) throw cannot(folder, "what an earlier process left cannot be removed", failure);
  return folder;
}

void RunDir::checkpoint_written(std::int64_t step, std::optional<double> validation_loss,
                                bool evaluation_pending) {
  const fs::path folder = checkpoint_path(folder_, step);
  // Before the mark: a run that goes on from here finds every event of the steps up to here, this one
  // included.
  if (!evaluation_pending)
    events_->add({{"event", "checkpoint"},
                  {"step", step},
                  {"path", folder.lexically_relative(folder_).generic_string()},
                  {"validation_loss", validation_loss ? Json(*validation_loss) : Json(nullptr)}});
  events_->sync();
  last_ = complete_checkpoint(folder_, step, validation_loss, evaluation_pending);
  prune_checkpoints(folder_, spec_.checkpoint);
}

void RunDir::end(RunState state, const std::string& message) {
  if (events_ && (state == RunState::finished || state == RunState::early)) {
    events_->add({{"event", "finished"}, {"step", step_}, {"end", run_state_name(state)}});
    events_->sync();
  }
  write_status(state, message);
}

void RunDir::write_status(RunState state, const std::string& message) {
  const Json json{{"format", "tauscope-run-status"},
                  {"version", 1},
                  {"state", run_state_name(state)},
                  {"step", step_},
                  {"steps", steps_},
                  {"updated", utc_now()},
                  {"process", ::getpid()},
                  {"message", message}};
  write_file_atomically(folder_ / "status.json",
                        json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  status_written_ = std::chrono::steady_clock::now();
}

fs::path new_run_folder(const fs::path& runs, const RunSpec& spec) {
  const std::string stem = fmt::format("{:%Y%m%dT%H%M%SZ}-{}-{}", fmt::gmtime(std::time(nullptr)), spec.name,
                                       spec_hash(spec).substr(0, 8));
  std::error_code absent;
  fs::path folder = runs / stem;
  for (int number = 2; fs::exists(folder, absent); ++number)
    folder = runs / fmt::format("{}-{}", stem, number);
  return folder;
}

}  // namespace tauscope
