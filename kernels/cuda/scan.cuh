// What a block finds out about a row before anything else: both sides' largest token, and whether there is
// anything in it that plain float arithmetic must not see.
#pragma once

#include "kernels/cuda/row.cuh"

namespace tauscope::cuda {

/// Ascends with the logit; of equal logits the lower id is the larger. -0 and 0 are equal.
__device__ __forceinline__ std::uint64_t order_key(float z, int token) {
  const unsigned bits = __float_as_uint(z + 0.0F);
  const unsigned ascending = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return (static_cast<std::uint64_t>(ascending) << 32) | (0xFFFFFFFFU - static_cast<unsigned>(token));
}
__device__ __forceinline__ int key_token(std::uint64_t key) {
  return static_cast<int>(0xFFFFFFFFU - static_cast<unsigned>(key));
}

/// Finite stand-in for -inf: its exponential is 0 at any tau, and differences with it are no NaN.
inline constexpr float masked_logit = -1e30F;
/// Logits beyond this are left to double: some frameworks mask with the lowest float.
inline constexpr float huge_logit = 1e25F;

inline constexpr int scan_at_once = 8;

/// A thread's largest logit of one side, and where: the first token of the group of `scan_at_once` that has
/// it, so that most tokens cost one comparison.
struct GroupBest {
  float best = -__builtin_huge_valf(), poison = 0;
  int first = -1;

  template <int kCount>
  __device__ __forceinline__ void look(const float (&z)[kCount], int j) {
    float most = z[0];
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      most = fmaxf(most, z[i]);
      // Overflows for huge logits and stays infinite or NaN from there on.
      poison = fmaf(z[i], 0x1p40F, poison);
    }
    if (most > best) best = most, first = j;
  }
  /// Of the largest logit and its lowest token; 0 where there is none.
  template <class LogitAt>
  __device__ std::uint64_t key(int step, const LogitAt& logit_at) const {
    if (first < 0) return 0;
    int j = first;
    while (!(logit_at(j) == best))
      j += step;
    return order_key(best, j);
  }
};

struct RowScan {
  float max_t = 0, max_s = 0;
  int argmax_t = 0, argmax_s = 0;
  bool valid = true;                                ///< no NaN, no +inf, a finite logit on each side
  bool teacher_lost = false, student_lost = false;  ///< a token is masked on that side only
  bool huge = false;                                ///< a finite logit beyond huge_logit
  float own_max_t = 0, own_max_s = 0;               ///< of this thread's tokens

  __device__ bool plain() const { return valid && !teacher_lost && !student_lost && !huge; }
};

/// Every thread of the block calls it and gets the same, but for its own maxima. `step`: the threads of a
/// block, a constant where the kernel has one.
template <Format kFormat>
__device__ __forceinline__ RowScan scan_row(const Row& row, std::uint64_t* scratch, int step) {
  constexpr float infinity = __builtin_huge_valf();
  GroupBest best_t, best_s;
  for_each_group<kFormat, scan_at_once>(row, step, [&](int j, const auto& t, const auto& s) {
    best_t.look(t, j);
    best_s.look(s, j);
  });
  const bool odd = !(fabsf(best_t.poison) < infinity && fabsf(best_s.poison) < infinity);
  RowScan scan;
  scan.own_max_t = best_t.best;
  scan.own_max_s = best_s.best;
  const std::uint64_t key_t =
      block_max(best_t.key(step, [&](int j) { return row.teacher_at<kFormat>(j); }), scratch);
  const std::uint64_t key_s =
      block_max(best_s.key(step, [&](int j) { return row.student_at<kFormat>(j); }), scratch);
  if (__syncthreads_or(odd)) {
    bool bad = false, finite_t = false, finite_s = false, teacher_lost = false, student_lost = false,
         huge = false;
    for_each_token<kFormat>(row, [&](int, float t, float s) {
      const bool has_t = t > -infinity, has_s = s > -infinity;
      bad = bad || !(t < infinity) || !(s < infinity);
      finite_t = finite_t || has_t;
      finite_s = finite_s || has_s;
      student_lost = student_lost || (has_t && !has_s);
      teacher_lost = teacher_lost || (has_s && !has_t);
      huge = huge || (has_t && fabsf(t) > huge_logit) || (has_s && fabsf(s) > huge_logit);
    });
    bad = __syncthreads_or(bad) != 0;
    finite_t = __syncthreads_or(finite_t) != 0;
    finite_s = __syncthreads_or(finite_s) != 0;
    scan.valid = !bad && finite_t && finite_s;
    scan.teacher_lost = __syncthreads_or(teacher_lost) != 0;
    scan.student_lost = __syncthreads_or(student_lost) != 0;
    scan.huge = __syncthreads_or(huge) != 0;
  }
  if (!scan.valid) return scan;
  scan.argmax_t = key_token(key_t);
  scan.argmax_s = key_token(key_s);
  scan.max_t = row.teacher_at<kFormat>(scan.argmax_t);
  scan.max_s = row.student_at<kFormat>(scan.argmax_s);
  return scan;
}

}  // namespace tauscope::cuda
