// From hidden states to the loss of a micro-batch: the head's product and the objective in blocks of rows, so
// that no (rows, vocab) matrix is ever whole (math.md, "Fused head + divergence").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/objective.h"

namespace tauscope {

/// The scored positions of a micro-batch. Everything on one device.
struct ScoredRows {
  at::Tensor hidden;  ///< (rows, width): the student's hidden states, which predict the targets
  at::Tensor head;    ///< (>= vocab, width) float32: its head
  /// Logits of the teacher for rows [first, first + count): (count, >= vocab) float32, entries side by side.
  /// Empty: none.
  std::function<at::Tensor(std::int64_t first, std::int64_t count)> teacher;
  std::int64_t vocab = 0;            ///< ids that teacher and student share; what is behind takes no part
  std::vector<std::int64_t> target;  ///< (rows)
  std::vector<double> weight;        ///< (rows): the loss is the sum of weight times the row's loss
};

/// Sums over rows of weight times a row's value; NaN where there is no teacher to say it.
struct RowSums {
  double loss = 0;
  double cross_entropy = 0;                         ///< -log q_y at tau = 1
  double student_entropy = 0, teacher_entropy = 0;  ///< at tau = 1, nats
  double agreement = 0;                             ///< 1 where both have the same first choice
  double uncertain = 0;                             ///< eopd: 1 where the teacher's entropy is above h_max
  RowSums& operator+=(const RowSums& other);
};

/// The loss, a float64 scalar, differentiable in `hidden` and `head`. Where gradients are being recorded, the
/// kernels write them in the forward pass, block by block, and the largest temporaries are the student's and
/// the teacher's logits of a block, their gradient, and the head's gradient. `sums`: where to add what the
/// rows came to; null = not wanted. Same bits for the same input and number of threads on the CPU. Throws
/// std::invalid_argument as objective_gradient does.
at::Tensor head_objective(const ScoredRows& rows, const ObjectiveSpec& spec, RowSums* sums);

/// Rows of one block.
std::int64_t rows_of_block(std::int64_t vocab, at::Device device);

}  // namespace tauscope
