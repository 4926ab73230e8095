// The training loop: spec in, events out. It owns models and optimiser on one thread; it knows neither the
// files of a run nor how an answer is scored, which come in as functions. No torch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/runs/run_spec.h"

namespace tauscope {

/// What the loop needs and does not do itself.
struct DistillHooks {
  /// One event, on disk before it returns: {"event": "step", "step": 1, …}, and validation, evaluation,
  /// probe, warning.
  std::function<void(const Json& event)> event;
  /// A finished checkpoint folder may be asked for at `step`; returns where to write it (a folder that does
  /// not exist yet) ...
  std::function<std::filesystem::path(std::int64_t step)> checkpoint_folder;
  /// ... and is told once all of it is on disk. `validation_loss` where one was computed at this step.
  std::function<void(std::int64_t step, const std::filesystem::path& folder,
                     std::optional<double> validation_loss)>
      checkpoint_written;
  /// Scores the student as it is; empty = no evaluation. Gets a checkpoint folder of this step.
  std::function<Json(std::int64_t step, const std::filesystem::path& checkpoint)> evaluate;
};

enum class DistillEnd : std::uint8_t { finished, stopped, early };

class Distiller {
 public:
  /// Loads models and data. Throws Error naming file, field, found, expected, remedy; nothing is written.
  explicit Distiller(RunSpec spec, ProgressSink& progress);
  ~Distiller();

  /// What proves that two runs had the same controls: sha256 of the initial weights, of the data order with
  /// its batches, of schedule and steps, of train and validation files, tokenizer, teacher; and counts.
  Json controls() const;
  std::int64_t steps() const;

  /// Takes weights, optimiser and counters from a checkpoint folder of this run; the next step is the one
  /// after it. Throws Error where it belongs to another spec.
  void restore(const std::filesystem::path& checkpoint);

  /// Goes on to the last step, or until stopped, between two passes: a step under way is then given up, and a
  /// checkpoint of the one before it is written, from which going on equals not having stopped. Throws Error:
  /// kind failed where loss or gradient are not finite, exhausted where memory or disk ran out.
  DistillEnd run(const DistillHooks& hooks, std::stop_token stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tauscope
