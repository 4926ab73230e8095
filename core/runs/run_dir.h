// The folder of a run while somebody works in it. A crash at any moment leaves a folder that can be gone on
// with.
//
//   spec.json        format, version, spec (every key), spec_sha256, and what proves what was run
//   status.json      state, step, steps; replaced as a whole
//   metrics.jsonl    one event a line
//   checkpoints/step-000200/   whole once complete.json is there
//   lock             held by the process that works here
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/runs/event_log.h"
#include "core/runs/run_checkpoints.h"
#include "core/runs/run_spec.h"

namespace tauscope {

/// `interrupted`: the folder says running, and nobody holds its lock.
enum class RunState : std::uint8_t { created, running, stopped, finished, early, failed, interrupted };
const char* run_state_name(RunState state);
std::optional<RunState> run_state_named(std::string_view name);

/// Held as long as it lives, and no longer than the process; readers do not disturb it. Throws Error::failed
/// where another process holds it.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& run);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  static bool is_held(const std::filesystem::path& run);

 private:
  int descriptor_ = -1;
};

class RunDir {
 public:
  /// Throws Error::failed where `folder` cannot be a new run's, so that a command can ask before it loads
  /// models.
  static void check_new(const std::filesystem::path& folder);

  /// Makes the folder, with its parents. `about` goes into spec.json beside the spec: controls, command,
  /// machine. Throws Error::failed where it holds anything, Error::exhausted on a full disk.
  static std::unique_ptr<RunDir> create(const std::filesystem::path& folder, const RunSpec& spec,
                                        const Json& about);

  /// Takes a run up again. The newest checkpoint that is whole is where it goes on; damaged ones are warned
  /// of and left out. Throws Error::bad_input where the folder holds no run, Error::failed where another
  /// process works in it.
  static std::unique_ptr<RunDir> resume(const std::filesystem::path& folder, ProgressSink& progress);

  const std::filesystem::path& folder() const { return folder_; }
  const RunSpec& spec() const { return spec_; }
  const Json& about() const { return about_; }
  const std::optional<RunCheckpoint>& last_checkpoint() const { return last_; }

  /// From here on events come: drops those after the checkpoint that is gone on from, and what a crash left.
  void begin(std::int64_t steps);
  void event(const Json& event);

  /// Where the checkpoint of a step is to be written; nothing is there.
  std::filesystem::path checkpoint_folder(std::int64_t step);
  /// It is written: an event says so, it is marked as whole, and older ones go as the spec says. With
  /// `evaluation_pending` the event waits until the evaluation's own is there: call it again then.
  void checkpoint_written(std::int64_t step, std::optional<double> validation_loss,
                          bool evaluation_pending = false);

  /// The last thing: `finished` and `early` add the event "finished". `message` says what went wrong.
  void end(RunState state, const std::string& message = "");

 private:
  RunDir(std::filesystem::path folder);
  void write_status(RunState state, const std::string& message = "");

  std::filesystem::path folder_;
  std::unique_ptr<RunLock> lock_;
  RunSpec spec_;
  Json about_;
  std::optional<RunCheckpoint> last_;
  std::unique_ptr<EventLog> events_;
  std::int64_t step_ = 0, steps_ = 0;
  std::chrono::steady_clock::time_point status_written_{};
};

/// RUNS/<utc>-<name>-<id>, which does not exist yet; id: the start of the spec's hash.
std::filesystem::path new_run_folder(const std::filesystem::path& runs, const RunSpec& spec);

/// "2026-11-23T04:05:06Z", now.
std::string utc_now();

}  // namespace tauscope
