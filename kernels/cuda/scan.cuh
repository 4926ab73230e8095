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

struct RowScan {
  float max_t = 0, max_s = 0;
  int argmax_t = 0, argmax_s = 0;
  bool valid = true;                                ///< no NaN, no +inf, a finite logit on each side
  bool teacher_lost = false, student_lost = false;  ///< a token is masked on that side only
  bool huge = false;                                ///< a finite logit beyond huge_logit

  __device__ bool plain() const { return valid && !teacher_lost && !student_lost && !huge; }
};

/// Every thread of the block calls it and gets the same.
template <Format kFormat>
__device__ RowScan scan_row(const Row& row, std::uint64_t* scratch) {
  constexpr float infinity = __builtin_huge_valf();
  float best_t = -infinity, best_s = -infinity, poison_t = 0, poison_s = 0;
  int at_t = -1, at_s = -1;
  for_each_token<kFormat>(row, [&](int j, float t, float s) {
    if (t > best_t) best_t = t, at_t = j;
    if (s > best_s) best_s = s, at_s = j;
    // Overflows for huge logits and stays infinite or NaN from there on.
    poison_t = fmaf(t, 0x1p40F, poison_t);
    poison_s = fmaf(s, 0x1p40F, poison_s);
  });
  const bool odd = !(fabsf(poison_t) < infinity && fabsf(poison_s) < infinity);
  RowScan scan;
  const std::uint64_t key_t = block_max(at_t < 0 ? std::uint64_t{0} : order_key(best_t, at_t), scratch);
  const std::uint64_t key_s = block_max(at_s < 0 ? std::uint64_t{0} : order_key(best_s, at_s), scratch);
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
