// What the kernels take from CUDA beyond the language itself, in one place, so that a stand-in for it can be
// put there: without nvcc these sources compile as host C++ over <tauscope_cuda_shim.h>, which the tests
// bring.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#define TAUSCOPE_LAUNCH(kernel, blocks, threads, shared_bytes, stream, ...) \
  kernel<<<blocks, threads, shared_bytes, stream>>>(__VA_ARGS__)
#else
#include <tauscope_cuda_shim.h>
#define TAUSCOPE_LAUNCH(kernel, blocks, threads, shared_bytes, stream, ...) \
  (static_cast<void>(stream),                                               \
   ::tauscope::cuda_shim::launch(blocks, threads, shared_bytes, [&] { kernel(__VA_ARGS__); }))
#endif

namespace tauscope::cuda {

inline constexpr unsigned all_lanes = 0xFFFFFFFFU;
inline constexpr int warp_size = 32;

/// The block's dynamic shared memory, aligned to 16 bytes.
__device__ __forceinline__ unsigned char* shared_memory() {
#ifdef __CUDACC__
  extern __shared__ uint4 tauscope_shared[];
  return reinterpret_cast<unsigned char*>(tauscope_shared);
#else
  return cuda_shim::dynamic_shared();
#endif
}

/// 2^x within 2^-22, 0 below the normal range; one instruction of the special-function unit.
__device__ __forceinline__ float exp2_approx(float x) {
#ifdef __CUDACC__
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return cuda_shim::approximate(std::exp2(static_cast<double>(x)));
#endif
}

__device__ __forceinline__ float from_float16(std::uint16_t bits) {
#ifdef __CUDACC__
  return __half2float(__ushort_as_half(bits));
#else
  const unsigned magnitude = (bits & 0x7FFFU) << 13, sign = (bits & 0x8000U) << 16;
  const unsigned special = (bits & 0x7C00U) == 0x7C00U ? 0x7F800000U : 0U;
  return __uint_as_float(__float_as_uint(__uint_as_float(magnitude) * 0x1p112F) | special | sign);
#endif
}

__device__ __forceinline__ float from_bfloat16(std::uint16_t bits) {
  return __uint_as_float(static_cast<unsigned>(bits) << 16);
}

/// Threads of a block: what the kernel was made for, or what a test wants.
inline unsigned block_threads(unsigned wanted) {
#ifdef __CUDACC__
  return wanted;
#else
  static_cast<void>(wanted);
  return cuda_shim::settings().threads;
#endif
}

}  // namespace tauscope::cuda
