// metrics.jsonl: what happened in a run, one event a line, in the order of its steps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

/// Appends events. Of one process at a time: the run's lock sees to that.
class EventLog {
 public:
  /// Keeps the events up to `last_step` of what is there (0 or less: none that has a step) and drops what
  /// comes after, a line that was torn and any "finished", in one step that a crash cannot halve. An event
  /// without a step belongs to the one before it. Throws Error::bad_input for a broken line that is not the
  /// last.
  EventLog(std::filesystem::path file, std::int64_t last_step);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// The line is with the system when it returns, so that it outlives this process. Where that fails (a full
  /// disk: Error::exhausted) nothing of it is left.
  void add(const Json& event);
  /// ... and on disk when this does.
  void sync();

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// All events of a file. A last line without an end, or one that is cut off, is passed over; no file is no
/// events. Throws Error::bad_input naming file and line.
std::vector<Json> read_events(const std::filesystem::path& file);

/// Follows a file that somebody else writes.
class EventTail {
 public:
  explicit EventTail(std::filesystem::path file) : file_(std::move(file)) {}

  struct News {
    bool restarted = false;  ///< the run went on from a checkpoint: these events replace all before
    std::vector<Json> events;
  };
  /// What came since the last call. Costs a look at the file's size where nothing did.
  News poll();

 private:
  std::filesystem::path file_;
  std::uint64_t inode_ = 0, offset_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace tauscope
