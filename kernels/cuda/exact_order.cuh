// What `exact` takes from the order of a row's tokens: the dominant set, ranks and the overlap of the top k.
#pragma once

#include <cmath>

#include "kernels/cuda/exact_row.cuh"

namespace tauscope::cuda {

/// Sum over the block of one number per thread, for all threads.
__device__ inline double total_of(double value, ExactScratch& scratch) {
  double values[16] = {value};
  block_sum(values, scratch.sums, scratch.totals);
  const double result = scratch.totals[0];
  __syncthreads();
  return result;
}

/// Visits this thread's tokens of one side as (key, logit).
struct SideTokens {
  const Row& row;
  bool student;

  template <class Visit>
  __device__ void operator()(const Visit& visit) const {
    each_token(row, [&](int j, float t, float s) {
      const float z = student ? s : t;
      visit(order_key(z, j), z);
    });
  }
};

__device__ inline OrderCut cut_at(const Row& row, std::uint64_t key) {
  return {teacher_of(row, key_token(key)), key_token(key)};
}

/// The dominant set of the teacher at tau = 1, as a cut in the order; sums in double.
__device__ inline OrderCut dominant_cut(const ExactRow& x, const ExactTask& task, ExactScratch& scratch) {
  const double value = task.options.dominant_value;
  const OrderCut everything{-__builtin_huge_valf(), task.vocab};
  const SideTokens teacher{x.row, false};
  const auto weight = [&](float z) { return exp(static_cast<double>(z) - x.max_t); };
  if (task.options.dominant_kind == TAUSCOPE_CUDA_TOP_K) {
    if (value >= task.vocab) return everything;
    return cut_at(x.row, end_of_beginning(scratch.order, value, teacher, [](float) { return 1.0; }));
  }
  if (task.options.dominant_kind == TAUSCOPE_CUDA_NUCLEUS && value >= 1)
    return {-3.4028234663852886e38F, task.vocab};
  double mine = 0;
  teacher([&](std::uint64_t, float z) { mine += weight(z); });
  const double bound = value * (1 - slack) * total_of(mine, scratch);
  if (task.options.dominant_kind == TAUSCOPE_CUDA_NUCLEUS)
    return cut_at(x.row, end_of_beginning(scratch.order, bound, teacher, weight));
  double least = -__builtin_huge_val();  // the lowest logit with p >= value, negated
  bool any = false;
  teacher([&](std::uint64_t, float z) {
    if (weight(z) >= bound) least = fmax(least, -static_cast<double>(z)), any = true;
  });
  least = block_max(least, scratch.maxima);
  if (__syncthreads_or(any) == 0) return {__builtin_huge_valf(), task.vocab};
  return {static_cast<float>(-least), task.vocab};
}

/// Ranks of the target, and how many tokens both sides' top k share.
__device__ inline void order_columns(const ExactRow& x, const ExactTask& task, ExactScratch& scratch,
                                     tauscope_cuda_exact_row& out) {
  const int k = min(task.options.overlap_k, task.vocab);
  const auto one = [](float) { return 1.0; };
  const std::uint64_t last_t = end_of_beginning(scratch.order, k, SideTokens{x.row, false}, one);
  const std::uint64_t last_s = end_of_beginning(scratch.order, k, SideTokens{x.row, true}, one);
  const bool ranked = x.target >= 0;
  const std::uint64_t key_t = ranked ? order_key(teacher_of(x.row, x.target), x.target) : 0;
  const std::uint64_t key_s = ranked ? order_key(student_of(x.row, x.target), x.target) : 0;
  double counts[16] = {0, 0, 0};
  each_token(x.row, [&](int j, float t, float s) {
    const std::uint64_t at_t = order_key(t, j), at_s = order_key(s, j);
    counts[0] += at_t >= last_t && at_s >= last_s ? 1 : 0;
    counts[1] += at_t > key_t ? 1 : 0;
    counts[2] += at_s > key_s ? 1 : 0;
  });
  block_sum(counts, scratch.sums, scratch.totals);
  if (threadIdx.x != 0) return;
  out.overlap = scratch.totals[0] / k;
  out.rank_teacher = 1 + scratch.totals[1];
  out.rank_student = 1 + scratch.totals[2];
}

}  // namespace tauscope::cuda
