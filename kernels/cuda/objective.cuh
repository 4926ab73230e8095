// The value and the gradient of one objective, one block per row, in double: what the CPU computes in
// vectors. One kernel per objective; the logits' types are told apart where they are loaded.
#pragma once

#include "kernels/cuda/objective_row.cuh"
#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/objectives/list-inl.h"

namespace tauscope::cuda {

inline constexpr int objective_threads = order_threads;

template <class Objective>
struct ObjectiveMemory {
  struct Nothing {};
  ObjectiveScratch scratch;
  std::conditional_t<Objective::needs.order, OrderScratch, Nothing> order;

  __device__ OrderScratch* order_scratch() {
    if constexpr (Objective::needs.order) {
      return &order;
    } else {
      return nullptr;
    }
  }
};

template <class Objective>
inline constexpr std::size_t objective_scratch_bytes = (sizeof(ObjectiveMemory<Objective>) + 15) / 16 * 16;

template <class Objective>
__global__ void __launch_bounds__(objective_threads) objective_kernel(const ObjectiveTask task) {
  unsigned char* const memory = shared_memory();
  auto& scratch = *reinterpret_cast<ObjectiveMemory<Objective>*>(memory);
  const long long r = blockIdx.x;
  const std::int64_t target = task.targets != nullptr ? task.targets[r] : 0;
  float* const gradient = task.gradient != nullptr ? task.gradient + r * task.stride : nullptr;
  double loss = 0;
  std::int32_t flags = 0;
  if (target >= 0 && (task.mask == nullptr || task.mask[r] != 0)) {
    const Row logits = open_row(task.teacher, task.student, r, task.vocab, task.resident,
                                memory + objective_scratch_bytes<Objective>);
    ObjectiveRow row(task, logits, static_cast<int>(target), gradient, scratch.scratch,
                     scratch.order_scratch());
    loss = __builtin_nan("");
    if (target < task.vocab && row.scan()) {  // the host cannot look at targets that are on the device
      const double label = task.ce_weight != 0 ? row.prepare_cross_entropy(task.ce_weight) : 0;
      loss = task.value_scale * Objective::compute(row, task.parameters);
      if (task.ce_weight != 0) loss += task.ce_weight * label;
    }
    if (std::isnan(loss)) row.undefined();
    row.finish();
    flags = TAUSCOPE_CUDA_SCORED | (std::isnan(loss) ? TAUSCOPE_CUDA_ROW_INVALID : 0) |
            (row.is_undefined() ? TAUSCOPE_CUDA_ROW_UNDEFINED : 0);
  } else if (gradient != nullptr) {
    for (int j = static_cast<int>(threadIdx.x); j < task.vocab; j += static_cast<int>(blockDim.x))
      gradient[j] = 0;
  }
  if (threadIdx.x != 0) return;
  if (task.loss != nullptr) task.loss[r] = loss;
  if (task.flags != nullptr) task.flags[r] = flags;
}

}  // namespace tauscope::cuda
