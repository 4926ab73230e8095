// Sums and maxima over a block, in an order that depends on the number of threads alone: results repeat bit
// for bit.
#pragma once

#include "kernels/cuda/device.cuh"

namespace tauscope::cuda {

inline constexpr int most_warps = 32;

__device__ __forceinline__ int lane_index() {
  return static_cast<int>(threadIdx.x) % warp_size;
}
__device__ __forceinline__ int warp_index() {
  return static_cast<int>(threadIdx.x) / warp_size;
}
__device__ __forceinline__ int warp_count() {
  return static_cast<int>(blockDim.x) / warp_size;
}

constexpr int next_power_of_two(int n) {
  int p = 1;
  while (p < n)
    p *= 2;
  return p;
}

/// Adds `kCount` values (a power of two) over the warp with as few shuffles as possible: lanes hand half of
/// their values over in each step and keep the other half, until each holds one sum, v[0], that of value lane
/// * kCount / 32.
template <int kCount, int kOffset = warp_size / 2>
__device__ __forceinline__ void scatter_sums(double* v) {
  if constexpr (kOffset > 0) {
    if constexpr (kCount > 1) {
      constexpr int half = kCount / 2;
      const bool upper = (lane_index() & kOffset) != 0;
#pragma unroll
      for (int k = 0; k < half; ++k) {
        const double keep = upper ? v[half + k] : v[k], give = upper ? v[k] : v[half + k];
        v[k] = keep + __shfl_xor_sync(all_lanes, give, kOffset);
      }
      scatter_sums<half, kOffset / 2>(v);
    } else {
      v[0] += __shfl_xor_sync(all_lanes, v[0], kOffset);
      scatter_sums<1, kOffset / 2>(v);
    }
  }
}

/// Room that block_sum<kCount> needs.
template <int kCount>
struct SumScratch {
  double warp[most_warps][next_power_of_two(kCount)];
};

/// Adds kCount <= 32 values of each thread over the block into `result` (kCount), which all threads may read
/// on return. Every thread of the block calls it.
template <int kCount>
__device__ void block_sum(const double (&values)[kCount], SumScratch<kCount>& scratch, double* result) {
  constexpr int padded = next_power_of_two(kCount);
  static_assert(padded <= warp_size);
  double v[padded];
#pragma unroll
  for (int i = 0; i < padded; ++i)
    v[i] = i < kCount ? values[i] : 0.0;
  scatter_sums<padded>(v);
  constexpr int lanes_each = warp_size / padded;
  if (lane_index() % lanes_each == 0) scratch.warp[warp_index()][lane_index() / lanes_each] = v[0];
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < kCount; i += static_cast<int>(blockDim.x)) {
    double sum = 0;
    for (int w = 0; w < warp_count(); ++w)
      sum += scratch.warp[w][i];
    result[i] = sum;
  }
  __syncthreads();
}

/// The largest of the threads' values, for all of them. `scratch`: (most_warps).
template <typename T>
__device__ T block_max(T value, T* scratch) {
#pragma unroll
  for (int offset = warp_size / 2; offset > 0; offset /= 2) {
    const T other = __shfl_xor_sync(all_lanes, value, offset);
    value = other > value ? other : value;
  }
  if (lane_index() == 0) scratch[warp_index()] = value;
  __syncthreads();
  T result = scratch[0];
  for (int w = 1; w < warp_count(); ++w)
    result = scratch[w] > result ? scratch[w] : result;
  __syncthreads();  // the scratch may be used again
  return result;
}

}  // namespace tauscope::cuda
