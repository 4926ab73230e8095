// A stand-in for CUDA with which the kernels' own sources compile as host C++ and run in tests. Blocks run in
// turn; the threads of a block are fibers that change places at barriers and warp operations, in an order
// that a test chooses. It is there to find errors, not to be fast: a barrier or a warp operation that not all
// its threads reach, or that they reach at different places, ends the launch with an error that says where
// everyone stood; shared memory is exactly as large as asked for and starts as NaN, so that AddressSanitizer
// sees overruns and results see what was never written; device memory is the heap's.
//
// Only what the kernels use is here. What hardware rounds differently (ex2.approx, lg2.approx) comes out with
// an error of the size that the PTX manual allows.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>
#include <string>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)

namespace tauscope::cuda_shim {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

/// The place that a fiber has in its launch.
struct Place {
  Dim3 thread, block, threads, blocks;
};
const Place& place();

enum class Order { ascending, descending, shuffled };

/// What a test chooses; the default is what most tests run with.
struct Settings {
  unsigned threads = 64;                  ///< of a block, whatever the kernel asks for
  std::size_t shared_limit = 227 * 1024;  ///< dynamic shared memory of a block
  Order order = Order::ascending;         ///< in which runnable threads are taken
  unsigned seed = 1;                      ///< of the shuffled order
  int devices = 1;                        ///< 0: as on a machine without one
};
Settings& settings();

/// Runs `body` once per thread. Throws std::logic_error where the kernel misuses barriers or warp operations.
void launch(unsigned blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& body);

unsigned char* dynamic_shared();

enum class Operation {
  barrier,
  barrier_or,
  barrier_and,
  barrier_count,
  warp,
  shuffle,
  ballot,
  add,
  maximum,
  minimum
};

/// Waits for the threads that belong to the operation; `source`: the lane whose value is wanted. Values
/// travel as bits.
std::uint64_t rendezvous(Operation operation, unsigned mask, std::uint64_t value, int source,
                         const std::source_location& where);
int lane();

/// A relative error within 2^-22 that depends on the argument alone, for functions that hardware
/// approximates.
float approximate(double exact);

template <typename T>
std::uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <typename T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace tauscope::cuda_shim

#define threadIdx (::tauscope::cuda_shim::place().thread)
#define blockIdx (::tauscope::cuda_shim::place().block)
#define blockDim (::tauscope::cuda_shim::place().threads)
#define gridDim (::tauscope::cuda_shim::place().blocks)

using TsWhere = std::source_location;

inline void __syncthreads(TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  rendezvous(Operation::barrier, 0, 0, 0, where);
}
inline int __syncthreads_or(int value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<int>(rendezvous(Operation::barrier_or, 0, value != 0, 0, where));
}
inline int __syncthreads_and(int value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<int>(rendezvous(Operation::barrier_and, 0, value != 0, 0, where));
}
inline int __syncthreads_count(int value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<int>(rendezvous(Operation::barrier_count, 0, value != 0, 0, where));
}
inline void __syncwarp(unsigned mask = 0xFFFFFFFFU, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  rendezvous(Operation::warp, mask, 0, 0, where);
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int = 32, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return from_bits<T>(rendezvous(Operation::shuffle, mask, to_bits(value), source & 31, where));
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int with, int = 32, TsWhere where = TsWhere::current()) {
  return __shfl_sync(mask, value, tauscope::cuda_shim::lane() ^ with, 32, where);
}
/// A lane for which there is no source keeps its own value.
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int = 32, TsWhere where = TsWhere::current()) {
  const int source = tauscope::cuda_shim::lane() + static_cast<int>(by);
  return __shfl_sync(mask, value, source < 32 ? source : tauscope::cuda_shim::lane(), 32, where);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int = 32, TsWhere where = TsWhere::current()) {
  const int source = tauscope::cuda_shim::lane() - static_cast<int>(by);
  return __shfl_sync(mask, value, source >= 0 ? source : tauscope::cuda_shim::lane(), 32, where);
}

inline unsigned __ballot_sync(unsigned mask, int value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<unsigned>(rendezvous(Operation::ballot, mask, value != 0, 0, where));
}
inline int __any_sync(unsigned mask, int value, TsWhere where = TsWhere::current()) {
  return __ballot_sync(mask, value, where) != 0;
}
inline int __all_sync(unsigned mask, int value, TsWhere where = TsWhere::current()) {
  return __ballot_sync(mask, value, where) == mask;
}
inline unsigned __reduce_add_sync(unsigned mask, unsigned value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<unsigned>(rendezvous(Operation::add, mask, value, 0, where));
}
inline unsigned __reduce_max_sync(unsigned mask, unsigned value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<unsigned>(rendezvous(Operation::maximum, mask, value, 0, where));
}
inline unsigned __reduce_min_sync(unsigned mask, unsigned value, TsWhere where = TsWhere::current()) {
  using namespace tauscope::cuda_shim;
  return static_cast<unsigned>(rendezvous(Operation::minimum, mask, value, 0, where));
}

/// Threads change places at waiting points only, so plain arithmetic is atomic here.
template <typename T>
T atomicAdd(T* at, T value) {
  const T before = *at;
  *at = before + value;
  return before;
}

inline unsigned __float_as_uint(float x) {
  return std::bit_cast<unsigned>(x);
}
inline float __uint_as_float(unsigned x) {
  return std::bit_cast<float>(x);
}
inline int __popc(unsigned x) {
  return std::popcount(x);
}
inline float __frcp_rn(float x) {
  return 1.0F / x;
}

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline int min(int a, int b) {
  return b < a ? b : a;
}
inline int max(int a, int b) {
  return a < b ? b : a;
}

// The part of the runtime that the entry points use.
using cudaError_t = int;
using cudaStream_t = struct TsShimStream*;
enum : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorLaunchFailure = 719
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device);
cudaError_t cudaMalloc(void** pointer, std::size_t bytes);
cudaError_t cudaFree(void* pointer);
cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                              std::size_t width, std::size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream);
cudaError_t cudaStreamCreate(cudaStream_t* stream);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaGetLastError();
const char* cudaGetErrorString(cudaError_t error);

template <typename F>
cudaError_t cudaFuncSetAttribute(F, cudaFuncAttribute, int bytes) {
  return static_cast<std::size_t>(bytes) <= tauscope::cuda_shim::settings().shared_limit
             ? cudaSuccess
             : cudaErrorInvalidValue;
}
