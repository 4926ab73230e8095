// One forward pass of both models over some examples, down to the loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "core/distillation/distill_models.h"
#include "core/distillation/head_objective.h"
#include "core/distillation/training_data.h"

namespace tauscope {

/// An example of a pass, and the weight of each of its scored tokens in the step's loss.
struct WeightedExample {
  const TrainingExample* example = nullptr;
  double weight = 0;
};

/// Weights for the examples of a whole step, whose scored tokens then weigh 1 together: each token the same,
/// or each example the same.
std::vector<WeightedExample> weighted(std::span<const TrainingExample* const> examples,
                                      RunSpec::Average average);

/// Sum over the scored tokens of weight times loss; see head_objective.
at::Tensor pass_loss(const DistillModels& models, std::span<const WeightedExample> examples,
                     const ObjectiveSpec& objective, RowSums* sums);

/// The logits' rows of some examples' scored tokens, for statistics: (rows, width) hidden states of either
/// model, outside of any graph.
struct PassStates {
  at::Tensor student, teacher;  ///< teacher undefined where there is none
  std::vector<std::int64_t> target;
};
PassStates pass_states(const DistillModels& models, std::span<const TrainingExample* const> examples);

/// The teacher's entropy at tau = 1, nats, at every scored token.
std::vector<double> teacher_entropies(const DistillModels& models,
                                      std::span<const TrainingExample* const> examples);

}  // namespace tauscope
