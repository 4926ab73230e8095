// A run's folder as a reader sees it: everything that is in it, whether somebody works there or not.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/runs/run_checkpoints.h"
#include "core/runs/run_dir.h"
#include "core/runs/run_spec.h"

namespace tauscope {

struct RunStatus {
  RunState state = RunState::created;
  std::int64_t step = 0, steps = 0;
  std::string updated, message;
};

struct RunRecord {
  std::filesystem::path folder;
  RunSpec spec;
  std::string spec_sha256;
  Json about;     ///< spec.json as a whole
  Json controls;  ///< hashes of initial weights, data order, schedule, files; an empty object where unknown
  RunStatus status;
  std::vector<RunCheckpoint> checkpoints;  ///< whole ones, by step
};

/// Whether the folder has the spec.json of a run.
bool is_run_folder(const std::filesystem::path& folder);
/// Throws Error::bad_input where it has none.
void require_run_folder(const std::filesystem::path& folder);

/// Everything but the events, which `read_events(folder / "metrics.jsonl")` or an EventTail give. Throws
/// Error::bad_input naming file and field; a spec.json whose spec was changed by hand is one of these.
RunRecord read_run(const std::filesystem::path& folder);

/// The last event of a kind, or null.
Json last_event(const std::vector<Json>& events, const std::string& kind);

/// Run folders in `folder`, one level below, by name.
std::vector<std::filesystem::path> list_runs(const std::filesystem::path& folder);

}  // namespace tauscope
