// The kernels on LibTorch's tensors, wherever these are.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "kernels/objective.h"

namespace tauscope {

/// A view of (rows, vocab) logits with entries side by side and rows at least `vocab` apart. Throws
/// std::invalid_argument for another shape or layout, and for a type that the kernels do not read.
LogitsView view_of_rows(const at::Tensor& logits);

/// The objective's losses, (rows) float64 on `device`, where everything in `input` lies: targets and mask
/// too. `gradient`: (rows, vocab) float32, contiguous, written; undefined = not wanted. On a GPU the kernel
/// is queued behind LibTorch's work, and nothing waits for it: a target beyond the vocabulary makes its row
/// NaN there, and is refused on the CPU. Throws as objective_gradient does.
at::Tensor objective_of_rows(const ObjectiveInput& input, const ObjectiveSpec& spec, at::Device device,
                             const at::Tensor& gradient);

/// (rows, taus), row-major. The logits of `input` are on `device`, its targets on the host. `mode` is "exact"
/// or "fast"; throws std::invalid_argument for another.
std::vector<RowStatistics> statistics_of_rows(const StatisticsInput& input, const StatisticsSpec& spec,
                                              const std::string& mode, at::Device device);

}  // namespace tauscope
