// The value and the gradient of one objective, one block per row: in float where its account of rounding
// allows, else in double, as the CPU has it. One kernel per objective; the logits' types are told apart where
// they are loaded.
#pragma once

#include "kernels/cuda/objective_row.cuh"
#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/objectives/list-inl.h"

namespace tauscope::cuda {

static_assert(objective_threads <= order_threads);

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

struct ObjectiveOutcome {
  double loss = 0;
  bool undefined = false, declined = false, in_double = false;
};

template <class Objective, class Ops>
__device__ ObjectiveOutcome compute_row(const ObjectiveTask& task, const Row& logits, const RowScan& scan,
                                        int target, float* gradient, ObjectiveMemory<Objective>& memory) {
  ObjectiveRow<Ops> row(task, logits, scan, target, gradient, memory.scratch, memory.order_scratch());
  if (row.is_declined()) return {.declined = true};
  const double label = task.ce_weight != 0 ? row.prepare_cross_entropy(task.ce_weight) : 0;
  const double value = Objective::compute(row, task.parameters);
  if (!row.holds(value)) return {.declined = true};
  double loss = task.value_scale * value;
  if (task.ce_weight != 0) loss += task.ce_weight * label;
  if (std::isnan(loss)) row.undefined();
  row.finish();
  return {.loss = loss, .undefined = row.is_undefined(), .in_double = Ops::rounding == 0};
}

template <class Objective>
__device__ ObjectiveOutcome compute_row(const ObjectiveTask& task, const Row& logits, int target,
                                        float* gradient, ObjectiveMemory<Objective>& memory) {
  const RowScan scan = scan_row<Format::any>(logits, memory.scratch.keys, objective_step());
  // The host cannot look at targets that are on the device.
  if (!scan.valid || target >= task.vocab) {
    if (gradient != nullptr) fill_row(gradient, task.vocab, __builtin_nanf(""));
    return {.loss = __builtin_nan(""), .undefined = true};
  }
  using Singles = DeviceSingles < requires {
    Objective::rescales;
  }
  > ;
  if (task.vocab >= static_cast<int>(Singles::fewest_tokens)) {
    const ObjectiveOutcome outcome =
        compute_row<Objective, Singles>(task, logits, scan, target, gradient, memory);
    if (!outcome.declined) return outcome;
  }
  return compute_row<Objective, DeviceDoubles>(task, logits, scan, target, gradient, memory);
}

template <class Objective>
__global__ void __launch_bounds__(objective_threads) objective_kernel(const ObjectiveTask task) {
  unsigned char* const space = shared_memory();
  auto& memory = *reinterpret_cast<ObjectiveMemory<Objective>*>(space);
  const long long r = blockIdx.x;
  const std::int64_t target = task.targets != nullptr ? task.targets[r] : 0;
  float* const gradient = task.gradient != nullptr ? task.gradient + r * task.stride : nullptr;
  ObjectiveOutcome outcome;
  std::int32_t flags = 0;
  if (target >= 0 && (task.mask == nullptr || task.mask[r] != 0)) {
    const Row logits = open_row(task.teacher, task.student, r, task.vocab, task.resident,
                                space + objective_scratch_bytes<Objective>);
    const int token = target < task.vocab ? static_cast<int>(target) : task.vocab;
    outcome = compute_row<Objective>(task, logits, token, gradient, memory);
    flags = TAUSCOPE_CUDA_SCORED | (std::isnan(outcome.loss) ? TAUSCOPE_CUDA_ROW_INVALID : 0) |
            (outcome.undefined ? TAUSCOPE_CUDA_ROW_UNDEFINED : 0) |
            (outcome.in_double ? TAUSCOPE_CUDA_ROW_IN_DOUBLE : 0);
  } else if (gradient != nullptr) {
    fill_row(gradient, task.vocab, 0.0F);
  }
  if (threadIdx.x != 0) return;
  if (task.loss != nullptr) task.loss[r] = outcome.loss;
  if (task.flags != nullptr) task.flags[r] = flags;
}

}  // namespace tauscope::cuda
