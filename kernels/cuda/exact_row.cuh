// A row of `exact`: what it is, and what a first look at it gives (largest tokens, masks, counts).
#pragma once

#include "kernels/cuda/order.cuh"
#include "kernels/cuda/tauscope_cuda.h"

namespace tauscope::cuda {

struct ExactTask {
  Side teacher, student;
  int vocab = 0, resident = 0;
  tauscope_cuda_exact_options options{};
  tauscope_cuda_exact_row* rows = nullptr;   // (row_count)
  tauscope_cuda_exact_sums* sums = nullptr;  // (row_count, tau_count)
};

inline constexpr double slack = 1e-12;  // of a nucleus' or threshold's bound: dominant_slack

struct Normalisation {
  double p_scale = 0, q_scale = 0, log_ratio = 0, mean_delta = 0;
};

struct ExactScratch {
  OrderScratch order;
  SumScratch<16> sums;
  double totals[32];
  double maxima[most_warps];
  Normalisation norm, first;
};
inline constexpr std::size_t exact_scratch_bytes = (sizeof(ExactScratch) + 15) / 16 * 16;

/// What is known of a row, the same in every thread.
struct ExactRow {
  Row row;
  int target = -1;    ///< -1: none, or left out
  int left_out = -1;  ///< a token that is taken as masked
  double max_t = 0, max_s = 0, centre = 0;
  int argmax_t = 0, argmax_s = 0;
  OrderCut cut;
  int special[3] = {-1, -1, -1};
  int special_count = 0;

  __device__ __forceinline__ bool is_special(int j) const {
    return j == special[0] || j == special[1] || j == special[2] || j == left_out;
  }
  __device__ void add_special(int j) {
    for (int i = 0; i < special_count; ++i) {
      if (special[i] == j) return;
    }
    special[special_count++] = j;
  }
};

__device__ __forceinline__ bool has_value(float z) {
  return z > -__builtin_huge_valf();
}

/// -inf as a finite number, whose exponential is 0 at any tau.
__device__ __forceinline__ double finite_logit(float z) {
  return static_cast<double>(fmaxf(z, -3.4028234663852886e38F));
}

__device__ inline float teacher_of(const Row& row, int j) {
  return row.teacher_at<Format::any>(j);
}
__device__ inline float student_of(const Row& row, int j) {
  return row.student_at<Format::any>(j);
}

template <class Body>
__device__ __forceinline__ void each_token(const Row& row, const Body& body) {
  for_each_token<Format::any>(row, body);
}

/// Largest tokens, masks and counts. False where the row is not valid.
__device__ inline bool look_at(ExactRow& x, ExactScratch& scratch, tauscope_cuda_exact_row& out) {
  float best_t = -__builtin_huge_valf(), best_s = best_t;
  int at_t = -1, at_s = -1;
  bool bad = false, teacher_lost = false, student_lost = false;
  double others_t = 0, others_s = 0;
  each_token(x.row, [&](int j, float t, float s) {
    bad = bad || !(t < __builtin_huge_valf()) || !(s < __builtin_huge_valf());
    if (j == x.left_out) return;
    if (t > best_t) best_t = t, at_t = j;
    if (s > best_s) best_s = s, at_s = j;
    if (j == x.target) return;
    const bool has_t = has_value(t), has_s = has_value(s);
    others_t += has_t ? 1 : 0;
    others_s += has_s ? 1 : 0;
    student_lost = student_lost || (has_t && !has_s);
    teacher_lost = teacher_lost || (has_s && !has_t);
  });
  const std::uint64_t key_t =
      block_max(at_t < 0 ? std::uint64_t{0} : order_key(best_t, at_t), scratch.order.keys);
  const std::uint64_t key_s =
      block_max(at_s < 0 ? std::uint64_t{0} : order_key(best_s, at_s), scratch.order.keys);
  const bool valid = __syncthreads_or(bad) == 0 && key_t != 0 && key_s != 0;
  const bool lost_t = __syncthreads_or(teacher_lost) != 0, lost_s = __syncthreads_or(student_lost) != 0;
  if (threadIdx.x == 0) out.valid = valid ? 1 : 0;
  if (!valid) return false;
  double counts[16] = {others_t, others_s};
  block_sum(counts, scratch.sums, scratch.totals);
  x.argmax_t = key_token(key_t);
  x.argmax_s = key_token(key_s);
  x.max_t = teacher_of(x.row, x.argmax_t);
  x.max_s = student_of(x.row, x.argmax_s);
  // Delta of the student's largest token: what RKL's mean is taken relative to.
  const float beside = teacher_of(x.row, x.argmax_s);
  x.centre = has_value(beside) ? static_cast<double>(beside) - x.max_t : 0;
  if (threadIdx.x == 0) {
    out.max_teacher = x.max_t;
    out.max_student = x.max_s;
    out.argmax_teacher = x.argmax_t;
    out.argmax_student = x.argmax_s;
    out.teacher_lost = lost_t ? 1 : 0;
    out.student_lost = lost_s ? 1 : 0;
    out.others_teacher = scratch.totals[0];
    out.others_student = scratch.totals[1];
  }
  return true;
}

}  // namespace tauscope::cuda
