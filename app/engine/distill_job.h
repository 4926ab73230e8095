// `tauscope distill`: a training loop and the folder it works in, from start, or from where it was left, to
// the end. No torch: loop and evaluation come in as functions.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/distillation/distiller.h"
#include "core/runs/run_record.h"

namespace tauscope {

/// What the job needs of the loop; see Distiller.
class DistillLoop {
 public:
  virtual ~DistillLoop() = default;
  virtual Json controls() const = 0;
  virtual std::int64_t steps() const = 0;
  virtual void restore(const std::filesystem::path& checkpoint) = 0;
  virtual DistillEnd run(const DistillHooks& hooks, std::stop_token stop) = 0;
};

/// Scores one checkpoint of a run: {"metrics": {"rouge-l": {"mean": …}}, …}; null where it was stopped.
using EvaluateCheckpoint = std::function<Json(const RunSpec& spec, const std::filesystem::path& run,
                                              std::int64_t step, const std::filesystem::path& checkpoint,
                                              ProgressSink& progress, std::stop_token stop)>;

struct DistillParts {
  std::function<std::unique_ptr<DistillLoop>(const RunSpec& spec, ProgressSink& progress)> loop;
  EvaluateCheckpoint evaluate;  ///< asked where the spec has a validation file
};

struct DistillOutcome {
  std::filesystem::path folder;
  RunState state = RunState::created;  ///< finished, early or stopped; created for a dry run
  std::int64_t step = 0, steps = 0;
  Json controls;
  std::vector<Json> events;  ///< all, of earlier processes too
};

/// A new run. `about` goes into spec.json: the command, the machine. With `dry_run` models and data are
/// loaded and checked, and nothing is written. Throws Error; the folder then says that the run failed, and
/// why.
DistillOutcome run_distill(const RunSpec& spec, const std::filesystem::path& out, bool dry_run, Json about,
                           const DistillParts& parts, ProgressSink& progress, std::stop_token stop);

/// Goes on with the run in `folder` from its last whole checkpoint; one that has finished is told of. Throws
/// Error::failed where a control is no longer what it was: a data file or a checkpoint was changed.
DistillOutcome resume_distill(const std::filesystem::path& folder, const DistillParts& parts,
                              ProgressSink& progress, std::stop_token stop);

/// For people: how it ended, and its last figures.
std::string distill_text(const DistillOutcome& outcome);

}  // namespace tauscope
