// The order of a row's tokens (logit descending, id ascending) by search over order-preserving keys instead
// of sorting: where a top-k or a nucleus ends, and ranks.
#pragma once

#include "kernels/cuda/scan.cuh"

namespace tauscope::cuda {

inline constexpr int digit_bits = 4, digits = 1 << digit_bits;
inline constexpr int order_threads = 256;  // the most that the search has room for

/// One place per thread and digit, so that no sum depends on who comes first.
struct OrderScratch {
  double weight[digits][order_threads];
  unsigned count[digits][order_threads];
  double total_weight[digits];
  double total_count[digits];
  std::uint64_t keys[most_warps];
};

__device__ inline void add_up_digits(OrderScratch& scratch) {
  __syncthreads();
  for (int d = warp_index(); d < digits; d += warp_count()) {
    double weight = 0, count = 0;
    for (int i = lane_index(); i < static_cast<int>(blockDim.x); i += warp_size) {
      weight += scratch.weight[d][i];
      count += scratch.count[d][i];
    }
#pragma unroll
    for (int offset = warp_size / 2; offset > 0; offset /= 2) {
      weight += __shfl_xor_sync(all_lanes, weight, offset);
      count += __shfl_xor_sync(all_lanes, count, offset);
    }
    if (lane_index() == 0) scratch.total_weight[d] = weight, scratch.total_count[d] = count;
  }
  __syncthreads();
}

/// Key of the token that ends the shortest beginning of the order whose weights sum to at least `target`: of
/// the last token where none does. `for_each(visit)` calls visit(key, logit) for this thread's tokens;
/// `weight_of(logit)` >= 0. One digit of the key a round, from the top, until one token is left in its bin.
template <class ForEach, class Weight>
__device__ std::uint64_t end_of_beginning(OrderScratch& scratch, double target, const ForEach& for_each,
                                          const Weight& weight_of) {
  const int thread = static_cast<int>(threadIdx.x);
  std::uint64_t prefix = 0;
  double before = 0;
  for (int shift = 64 - digit_bits; shift >= 0; shift -= digit_bits) {
    const std::uint64_t fixed = shift + digit_bits == 64 ? 0 : ~std::uint64_t{0} << (shift + digit_bits);
    for (int d = 0; d < digits; ++d)
      scratch.weight[d][thread] = 0, scratch.count[d][thread] = 0;
    for_each([&](std::uint64_t key, float z) {
      if (((key ^ prefix) & fixed) != 0) return;
      const int d = static_cast<int>(key >> shift) & (digits - 1);
      scratch.weight[d][thread] += weight_of(z);
      scratch.count[d][thread] += 1;
    });
    add_up_digits(scratch);
    int chosen = -1;
    for (int d = digits - 1; d >= 0; --d) {
      if (scratch.total_count[d] == 0) continue;
      if (chosen >= 0) before += scratch.total_weight[chosen];
      chosen = d;
      if (before + scratch.total_weight[d] >= target) break;
    }
    prefix |= static_cast<std::uint64_t>(chosen) << shift;
    const bool alone = scratch.total_count[chosen] == 1;
    __syncthreads();  // the totals are used again
    if (alone) {
      const std::uint64_t mask = ~std::uint64_t{0} << shift;
      std::uint64_t found = 0;
      for_each([&](std::uint64_t key, float) {
        if (((key ^ prefix) & mask) == 0) found = key;
      });
      return block_max(found, scratch.keys);
    }
  }
  return prefix;
}

/// A beginning of the order: everything above `logit`, and of what equals it the ids up to `token`.
struct OrderCut {
  float logit = 0;
  int token = -1;

  __device__ __forceinline__ bool contains(float z, int j) const {
    return z > logit || (z == logit && j <= token);
  }
};

}  // namespace tauscope::cuda
