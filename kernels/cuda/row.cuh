// One row of teacher and student logits, read by a block: its first tokens are copied to shared memory, as
// many as fit, and the others are read again from global memory (L2) in every pass.
#pragma once

#include <cstddef>

#include "kernels/cuda/block.cuh"

namespace tauscope::cuda {

/// (rows, vocab) of one side; dtype as in tauscope_cuda.h.
struct Side {
  const unsigned char* data = nullptr;
  long long stride = 0;  // elements
  int dtype = 0;
};

/// Type of both sides where it is known to the compiler; `any`: each side says at run time.
enum class Format { float32, float16, bfloat16, any };

__host__ __device__ inline int element_bytes(int dtype) {
  return dtype == 0 ? 4 : 2;
}

template <Format kFormat>
__device__ __forceinline__ float logit_at(const unsigned char* data, int dtype, int j) {
  if constexpr (kFormat == Format::float32) {
    return reinterpret_cast<const float*>(data)[j];
  } else if constexpr (kFormat == Format::float16) {
    return from_float16(reinterpret_cast<const std::uint16_t*>(data)[j]);
  } else if constexpr (kFormat == Format::bfloat16) {
    return from_bfloat16(reinterpret_cast<const std::uint16_t*>(data)[j]);
  } else {
    if (dtype == 0) return logit_at<Format::float32>(data, dtype, j);
    return dtype == 1 ? logit_at<Format::float16>(data, dtype, j)
                      : logit_at<Format::bfloat16>(data, dtype, j);
  }
}

/// One side of a row: in global memory whole, in shared memory up to `resident` tokens.
struct RowSide {
  const unsigned char* global = nullptr;
  const unsigned char* shared = nullptr;
  int dtype = 0;
};

struct Row {
  RowSide teacher, student;
  int vocab = 0, resident = 0;

  template <Format kFormat>
  __device__ float teacher_at(int j) const {
    return logit_at<kFormat>(j < resident ? teacher.shared : teacher.global, teacher.dtype, j);
  }
  template <Format kFormat>
  __device__ float student_at(int j) const {
    return logit_at<kFormat>(j < resident ? student.shared : student.global, student.dtype, j);
  }
};

/// Bytes of shared memory for `tokens` of one side: rows keep their misalignment, so that 16 bytes travel at
/// a time.
__host__ __device__ inline std::size_t staged_bytes(int tokens, int dtype) {
  return (static_cast<std::size_t>(tokens) * static_cast<std::size_t>(element_bytes(dtype)) + 31) / 16 * 16;
}

/// Copies the first `tokens` of a side to `to`; returns where they begin there.
__device__ inline const unsigned char* stage(const unsigned char* from, int tokens, int dtype,
                                             unsigned char* to) {
  const int bytes = tokens * element_bytes(dtype), step = element_bytes(dtype);
  const int past = static_cast<int>(reinterpret_cast<std::uintptr_t>(from) % 16);
  unsigned char* const begin = to + past;
  const int head = min((16 - past) % 16, bytes), chunks = (bytes - head) / 16, tail = head + chunks * 16;
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  const auto copy_element = [&](int at) {
    if (step == 4)
      *reinterpret_cast<std::uint32_t*>(begin + at) = *reinterpret_cast<const std::uint32_t*>(from + at);
    else
      *reinterpret_cast<std::uint16_t*>(begin + at) = *reinterpret_cast<const std::uint16_t*>(from + at);
  };
  if (thread * step < head) copy_element(thread * step);
  const uint4* const source = reinterpret_cast<const uint4*>(from + head);
  uint4* const target = reinterpret_cast<uint4*>(begin + head);
  for (int i = thread; i < chunks; i += threads)
    target[i] = source[i];
  if (tail + thread * step < bytes) copy_element(tail + thread * step);
  return begin;
}

/// The row of this block. `space`: staged_bytes of both sides. Every thread calls it.
__device__ inline Row open_row(const Side& teacher, const Side& student, long long row, int vocab,
                               int resident, unsigned char* space) {
  Row result;
  result.vocab = vocab;
  result.resident = resident;
  const auto open = [&](const Side& side, unsigned char* to) {
    RowSide opened;
    opened.dtype = side.dtype;
    opened.global = side.data + row * side.stride * element_bytes(side.dtype);
    opened.shared = resident > 0 ? stage(opened.global, resident, side.dtype, to) : to;
    return opened;
  };
  result.teacher = open(teacher, space);
  result.student = open(student, space + staged_bytes(resident, teacher.dtype));
  __syncthreads();
  return result;
}

inline constexpr int lane_terms =
    32;  // float additions before a lane's sum moves on: its rounding stays below 1e-6
inline constexpr int row_threads = 512;   // of the kernels that use sum_tokens
inline constexpr int tokens_at_once = 4;  // loads in flight

/// Distance of a thread's tokens: a constant, so that their addresses are one register and constants.
__device__ __forceinline__ int token_step() {
#ifdef __CUDACC__
  return row_threads;
#else
  return static_cast<int>(blockDim.x);
#endif
}

/// Where a token was read from.
template <bool kResident>
struct ReadFrom {
  static constexpr bool resident = kResident;
};

/// Calls body(j, teacher, student, sums, ReadFrom) for this thread's tokens, in blocks of `lane_terms`, and
/// adds each block's sums to `total`: blocked summation, as good as pairwise for the lengths that there are.
template <Format kFormat, class Sums, class Body>
__device__ __forceinline__ void sum_tokens(const Row& row, Sums& total, const Body& body) {
  constexpr int at_once =
      kFormat == Format::any ? 1 : tokens_at_once;  // with both types unknown code grows too much
  const int step = token_step();
  const auto range = [&](int begin, int end, const unsigned char* teacher, const unsigned char* student,
                         auto from) {
    const auto visit = [&](int j, Sums& part) {
      body(j, logit_at<kFormat>(teacher, row.teacher.dtype, j),
           logit_at<kFormat>(student, row.student.dtype, j), part, from);
    };
    int first = begin + static_cast<int>(threadIdx.x);
    for (; first + (lane_terms - 1) * step < end; first += lane_terms * step) {
      Sums part;
#pragma unroll 1
      for (int block = 0; block < lane_terms / at_once; ++block) {
#pragma unroll
        for (int i = 0; i < at_once; ++i)
          visit(first + (block * at_once + i) * step, part);
      }
      total += part;
    }
    Sums part;
    for (; first < end; first += step)
      visit(first, part);
    total += part;
  };
  range(0, row.resident, row.teacher.shared, row.student.shared, ReadFrom<true>());
  range(row.resident, row.vocab, row.teacher.global, row.student.global, ReadFrom<false>());
}

/// Loads kCount logits of one side, `step` apart; types that the compiler does not know are told apart once.
template <Format kFormat, int kCount>
__device__ __forceinline__ void load_group(const unsigned char* data, int dtype, int first, int step,
                                           float (&z)[kCount]) {
  if constexpr (kFormat == Format::any) {
    if (dtype == 0) {
      load_group<Format::float32>(data, dtype, first, step, z);
    } else if (dtype == 1) {
      load_group<Format::float16>(data, dtype, first, step, z);
    } else {
      load_group<Format::bfloat16>(data, dtype, first, step, z);
    }
  } else {
#pragma unroll
    for (int i = 0; i < kCount; ++i)
      z[i] = logit_at<kFormat>(data, dtype, first + i * step);
  }
}

/// Calls body(first, teachers, students) for groups of this thread's tokens: first, first + step, ... as
/// arrays of kCount logits, then of one. `step`: the threads of a block.
template <Format kFormat, int kCount, class Body>
__device__ __forceinline__ void for_each_group(const Row& row, int step, const Body& body) {
  const auto range = [&](int begin, int end, const unsigned char* teacher, const unsigned char* student) {
    int first = begin + static_cast<int>(threadIdx.x);
#pragma unroll 1
    for (; first + (kCount - 1) * step < end; first += kCount * step) {
      float t[kCount], s[kCount];
      load_group<kFormat>(teacher, row.teacher.dtype, first, step, t);
      load_group<kFormat>(student, row.student.dtype, first, step, s);
      body(first, t, s);
    }
    for (; first < end; first += step) {
      const float t[1] = {logit_at<kFormat>(teacher, row.teacher.dtype, first)},
                  s[1] = {logit_at<kFormat>(student, row.student.dtype, first)};
      body(first, t, s);
    }
  };
  range(0, row.resident, row.teacher.shared, row.student.shared);
  range(row.resident, row.vocab, row.teacher.global, row.student.global);
}

/// The same without blocks: for sums in double, and for no sums at all.
template <Format kFormat, class Body>
__device__ __forceinline__ void for_each_token(const Row& row, const Body& body) {
  const int step = static_cast<int>(blockDim.x), thread = static_cast<int>(threadIdx.x);
  for (int j = thread; j < row.resident; j += step)
    body(j, logit_at<kFormat>(row.teacher.shared, row.teacher.dtype, j),
         logit_at<kFormat>(row.student.shared, row.student.dtype, j));
  for (int j = row.resident + thread; j < row.vocab; j += step)
    body(j, logit_at<kFormat>(row.teacher.global, row.teacher.dtype, j),
         logit_at<kFormat>(row.student.global, row.student.dtype, j));
}

}  // namespace tauscope::cuda
