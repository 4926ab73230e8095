// One optimiser step: passes over its examples, the gradient's norm, the update.
#pragma once

#include <optional>
#include <stop_token>

#include "core/distillation/adamw.h"
#include "core/distillation/training_pass.h"

namespace tauscope {

/// What a step is made with.
struct StepSettings {
  ObjectiveSpec objective;  ///< at the step's temperature
  RunSpec::Average average = RunSpec::Average::token;
  double learning_rate = 0;
  /// eopd: h_max is this quantile of the teacher's entropies over the step's scored tokens; the teacher then
  /// goes over them twice.
  std::optional<double> h_max_quantile;
};

struct StepFigures {
  std::optional<double> h_max;                 ///< of eopd
  RowSums sums;                                ///< means, weighted as the loss is
  double gradient_norm = 0;                    ///< before clipping
  std::int64_t scored_tokens = 0, tokens = 0;  ///< predicted; of the whole sequences
};

/// `passes`: the step's examples, in passes. False if stopped between two of them: weights and optimiser are
/// as they were then. Throws Error::failed where the loss or the gradient is not finite, with weights and
/// optimiser as they were; c10::Error as LibTorch does.
bool train_step(const DistillModels& models, AdamW& optimizer,
                const std::vector<std::vector<const TrainingExample*>>& passes, const StepSettings& settings,
                const std::stop_token& stop, StepFigures& figures);

/// The same figures without gradients, over all of `examples` in passes of `size`. Nothing if stopped.
bool measure(const DistillModels& models, std::span<const TrainingExample* const> examples, std::int64_t size,
             const StepSettings& settings, const std::stop_token& stop, StepFigures& figures);

}  // namespace tauscope
