// The checkpoints of a run: which are whole, which is the newest, which may go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/runs/run_spec.h"

namespace tauscope {

struct RunCheckpoint {
  std::int64_t step = 0;
  std::filesystem::path folder;
  std::optional<double> validation_loss;
  bool evaluation_pending = false;  ///< its evaluation was stopped, and is to be done before the run goes on
};

/// "checkpoints/step-000200" below a run's folder.
std::filesystem::path checkpoint_path(const std::filesystem::path& run, std::int64_t step);

/// Those that were marked as whole, by step. Folders without the mark are what a crash left.
std::vector<RunCheckpoint> list_checkpoints(const std::filesystem::path& run);

/// Puts every file of the folder on disk, then marks it as whole: complete.json, with the size and SHA-256 of
/// each file, is written last.
RunCheckpoint complete_checkpoint(const std::filesystem::path& run, std::int64_t step,
                                  std::optional<double> validation_loss, bool evaluation_pending = false);

/// What is wrong with a checkpoint that was marked as whole: a file that is not what it was. "" = nothing.
std::string checkpoint_damage(const RunCheckpoint& checkpoint);

/// The one with the lowest validation loss, the earliest of equals; null where none has one.
const RunCheckpoint* best_checkpoint(const std::vector<RunCheckpoint>& checkpoints);

/// Removes those that the policy does not keep. A folder loses its mark first, so that half of one is never
/// taken for a whole.
void prune_checkpoints(const std::filesystem::path& run, const RunSpec::CheckpointPolicy& policy);

/// Removes folders without a mark, and those of steps above `last_step`.
void remove_unfinished_checkpoints(const std::filesystem::path& run, std::int64_t last_step);

}  // namespace tauscope
