// A row in groups of tokens, both types told apart once a group: for sums in float, which leave it every
// `lane_terms` tokens. Which tokens a thread adds up in which order depends on the number of threads alone,
// as long as whole groups of all threads are in shared memory.
#pragma once

#include "kernels/cuda/row.cuh"

namespace tauscope::cuda {

/// Of `tokens` in shared memory, as many as make up whole groups; all of them where the row fits.
inline int whole_groups(int tokens, int vocab, unsigned threads) {
  return tokens >= vocab ? tokens : tokens - tokens % (tokens_at_once * static_cast<int>(threads));
}

inline constexpr int objective_threads = 256;

/// Distance of a thread's tokens in the kernels of the objectives: a constant, as token_step() is.
__device__ __forceinline__ int objective_step() {
#ifdef __CUDACC__
  return objective_threads;
#else
  return static_cast<int>(blockDim.x);
#endif
}

/// body(j, teacher, student) for this thread's tokens; `flush()` after every `lane_terms` of them and at the
/// end. `step`: the threads of a block, a constant where the kernel has one.
template <class Body, class Flush>
__device__ __forceinline__ void for_each_in_groups(const Row& row, int step, const Body& body,
                                                   const Flush& flush) {
  const int last = (tokens_at_once - 1) * step;
  int first = static_cast<int>(threadIdx.x);
  while (first + last < row.vocab) {
#pragma unroll 1
    for (int group = 0; group < lane_terms / tokens_at_once && first + last < row.vocab; ++group) {
      float t[tokens_at_once], s[tokens_at_once];
      const bool shared = first < row.resident;
      load_group<Format::any>(shared ? row.teacher.shared : row.teacher.global, row.teacher.dtype, first,
                              step, t);
      load_group<Format::any>(shared ? row.student.shared : row.student.global, row.student.dtype, first,
                              step, s);
#pragma unroll
      for (int i = 0; i < tokens_at_once; ++i)
        body(first + i * step, t[i], s[i]);
      first += tokens_at_once * step;
    }
    flush();
  }
#pragma unroll 1
  for (; first < row.vocab; first += step)
    body(first, row.teacher_at<Format::any>(first), row.student_at<Format::any>(first));
  flush();
}

}  // namespace tauscope::cuda
