// The one-pass statistics of `fast`: a scan, then every running sum of a ladder of temperatures in one pass.
//
// As in cpu_fast.h the tokens that matter on their own (both argmaxima and the target) are kept out of the
// sums, which are taken over the rest relative to the rest's own maxima; the host makes the columns of them,
// and the tests of what cancels (cpu_fast_finish.cpp). Exponentials of a rung are the squares of those of the
// rung before, at twice its tau, and the sums of squares are the next rung's plain sums, so only the last
// rung has its own.
#pragma once

#include "kernels/cuda/float_math.cuh"
#include "kernels/cuda/scan.cuh"
#include "kernels/cuda/tauscope_cuda.h"

namespace tauscope::cuda {

struct FastTask {
  Side teacher, student;
  int vocab = 0, resident = 0;
  const std::int64_t* targets = nullptr;    // (rows) or null
  Rate rate;                                // of the first rung
  tauscope_cuda_fast_row* rows = nullptr;   // (rows)
  tauscope_cuda_fast_sums* sums = nullptr;  // (rows, rungs)
};

/// One rung's sums, float lanes; the order is that of tauscope_cuda_fast_sums.
template <bool kSquares>
struct RungSums {
  float z_p = 0, z_q = 0, p_d = 0, q_d = 0, p_x = 0, q_x = 0, p_q = 0, qq_dd = 0, pq_d = 0;
  float p_p = 0, q_q = 0, qq_d = 0;  // where kSquares

  __device__ __forceinline__ void add(float p, float q, float x_t, float x_s, float d) {
    const float weighted = q * d;
    z_p += p;
    z_q += q;
    p_d = fmaf(p, d, p_d);
    q_d += weighted;
    p_x = fmaf(p, x_t, p_x);
    q_x = fmaf(q, x_s, q_x);
    p_q = fmaf(p, q, p_q);
    qq_dd = fmaf(weighted, weighted, qq_dd);
    pq_d = fmaf(p, weighted, pq_d);
    if constexpr (kSquares) {
      p_p = fmaf(p, p, p_p);
      q_q = fmaf(q, q, q_q);
      qq_d = fmaf(q, weighted, qq_d);
    }
  }

  __device__ __forceinline__ RungSums& operator+=(const RungSums& o) {
    z_p += o.z_p, z_q += o.z_q, p_d += o.p_d, q_d += o.q_d, p_x += o.p_x, q_x += o.q_x;
    p_q += o.p_q, qq_dd += o.qq_dd, pq_d += o.pq_d, p_p += o.p_p, q_q += o.q_q, qq_d += o.qq_d;
    return *this;
  }
};

struct FastScratch {
  SumScratch<12> sums;
  std::uint64_t keys[most_warps];
  float floats[most_warps];
  double totals[12];
};
inline constexpr std::size_t fast_scratch_bytes = (sizeof(FastScratch) + 15) / 16 * 16;

/// `kRungs` temperatures, each half the one before.
template <int kRungs>
struct FastSums {
  RungSums<false> inner[kRungs > 1 ? kRungs - 1 : 1];  // unused with one rung
  RungSums<true> last;
  float largest = 0;  // of |D|

  __device__ __forceinline__ FastSums& operator+=(const FastSums& o) {
#pragma unroll
    for (int r = 0; r + 1 < kRungs; ++r)
      inner[r] += o.inner[r];
    last += o.last;
    largest = fmaxf(largest, o.largest);
    return *this;
  }
};

/// Puts -inf in place of a token in shared memory.
__device__ inline void mask_resident(const Row& row, int token) {
  if (token >= row.resident) return;
  const auto mask = [&](const RowSide& side) {
    unsigned char* const data = const_cast<unsigned char*>(side.shared);
    if (side.dtype == TAUSCOPE_CUDA_FLOAT32)
      reinterpret_cast<float*>(data)[token] = -__builtin_huge_valf();
    else
      reinterpret_cast<std::uint16_t*>(data)[token] = side.dtype == TAUSCOPE_CUDA_FLOAT16 ? 0xFC00U : 0xFF80U;
  };
  mask(row.teacher);
  mask(row.student);
}

/// The tokens outside the sums, the same in every thread.
struct Outliers {
  int token[3] = {-1, -1, -1};
  int count = 0;

  __device__ void add(int j) {
    for (int i = 0; i < count; ++i) {
      if (token[i] == j) return;
    }
    token[count++] = j;
  }
  /// Whether one of them is among this thread's tokens.
  __device__ bool visited_here(const Row& row) const {
    bool here = false;
    for (int i = 0; i < count; ++i) {
      const int place = token[i] < row.resident ? token[i] : token[i] - row.resident;
      here = here || place % static_cast<int>(blockDim.x) == static_cast<int>(threadIdx.x);
    }
    return here;
  }
  __device__ __forceinline__ bool holds(int j) const {
    return j == token[0] || j == token[1] || j == token[2];
  }
};

/// How many neighbouring threads have different maxima, at least 1: few where logits repeat.
__device__ inline int variety_of(float maximum) {
  const float before = __shfl_up_sync(all_lanes, maximum, 1);
  return 1 + __syncthreads_count(lane_index() > 0 && before != maximum);
}

template <bool kSquares>
__device__ inline void write_rung(const RungSums<kSquares>& s, FastScratch& scratch,
                                  tauscope_cuda_fast_sums& out) {
  const double values[12] = {s.z_p, s.z_q,   s.p_d,  s.q_d, s.p_x, s.q_x,
                             s.p_q, s.qq_dd, s.pq_d, s.p_p, s.q_q, s.qq_d};
  block_sum(values, scratch.sums, scratch.totals);
  if (threadIdx.x < 12) out.sum[threadIdx.x] = scratch.totals[threadIdx.x];
  __syncthreads();  // the totals are used again
}

template <Format kFormat, int kRungs>
__global__ void __launch_bounds__(row_threads) fast_kernel(const FastTask task) {
  unsigned char* const memory = shared_memory();
  FastScratch& scratch = *reinterpret_cast<FastScratch*>(memory);
  const long long r = blockIdx.x;
  const Row row =
      open_row(task.teacher, task.student, r, task.vocab, task.resident, memory + fast_scratch_bytes);
  const RowScan scan = scan_row<kFormat>(row, scratch.keys, token_step());
  tauscope_cuda_fast_row& facts = task.rows[r];
  if (!scan.plain()) {
    if (threadIdx.x == 0) facts.usable = 0;
    return;
  }
  Outliers outliers;
  outliers.add(scan.argmax_t);
  outliers.add(scan.argmax_s);
  const std::int64_t target = task.targets != nullptr ? task.targets[r] : -1;
  if (target >= 0) outliers.add(static_cast<int>(target));
  if (threadIdx.x == 0) {
    facts.usable = 1;
    facts.max_teacher = scan.max_t;
    facts.max_student = scan.max_s;
    facts.argmax_teacher = scan.argmax_t;
    facts.argmax_student = scan.argmax_s;
    facts.outlier_count = outliers.count;
    for (int i = 0; i < outliers.count; ++i) {
      facts.outlier_index[i] = outliers.token[i];
      facts.outlier_teacher[i] = row.teacher_at<kFormat>(outliers.token[i]);
      facts.outlier_student[i] = row.student_at<kFormat>(outliers.token[i]);
    }
    for (int i = 0; i < outliers.count; ++i)
      mask_resident(row, outliers.token[i]);
  }
  __syncthreads();
  // Only the few threads whose tokens are outside the sums look again.
  float rest_t = scan.own_max_t, rest_s = scan.own_max_s;
  if (outliers.visited_here(row)) {
    rest_t = rest_s = -__builtin_huge_valf();
    for_each_token<kFormat>(row, [&](int j, float t, float s) {
      if (j >= row.resident && outliers.holds(j)) return;
      rest_t = fmaxf(rest_t, t);
      rest_s = fmaxf(rest_s, s);
    });
  }
  const int variety_t = variety_of(rest_t), variety_s = variety_of(rest_s);
  rest_t = block_max(rest_t, scratch.floats);
  rest_s = block_max(rest_s, scratch.floats);
  const bool empty = rest_t == -__builtin_huge_valf();
  if (threadIdx.x == 0) {
    facts.rest_empty = empty ? 1 : 0;
    facts.rest_max_teacher = empty ? scan.max_t : rest_t;
    facts.rest_max_student = empty ? scan.max_s : rest_s;
    facts.variety = min(variety_t, variety_s);
  }
  FastSums<kRungs> total;
  if (!empty) {
    sum_tokens<kFormat>(row, total, [&](int j, float t, float s, FastSums<kRungs>& sums, auto from) {
      if (!from.resident && outliers.holds(j)) return;
      const float x_t = fmaxf(t - rest_t, masked_logit), x_s = fmaxf(s - rest_s, masked_logit), d = x_t - x_s;
      float p = exp_scaled(x_t, task.rate), q = exp_scaled(x_s, task.rate);
#pragma unroll
      for (int i = 0; i + 1 < kRungs; ++i) {
        sums.inner[i].add(p, q, x_t, x_s, d);
        p *= p;
        q *= q;
      }
      sums.last.add(p, q, x_t, x_s, d);
      sums.largest = fmaxf(sums.largest, fabsf(d));
    });
  }
  tauscope_cuda_fast_sums* const out = task.sums + r * kRungs;
#pragma unroll
  for (int i = 0; i + 1 < kRungs; ++i)
    write_rung(total.inner[i], scratch, out[i]);
  write_rung(total.last, scratch, out[kRungs - 1]);
  const float largest = block_max(total.largest, scratch.floats);
  if (threadIdx.x < kRungs) out[threadIdx.x].largest_difference = largest;
}

}  // namespace tauscope::cuda
