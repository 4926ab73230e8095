// The sums of `exact`, one block per row, in double: the method of exact_passes.h token by token. First what
// does not depend on tau (largest tokens, masks, ranks, the dominant set), then for each tau a pass for the
// normalisers and one for everything else. The gradients at tau = 1, with which every tau is compared, are
// computed again beside those at tau rather than kept: that costs two exponentials a token and no memory. The
// host makes the columns of the sums (kernels/cuda_exact.cpp).
//
// Double arithmetic runs at half of float's rate on the devices that this is built for (A100, H100) and far
// slower on graphics cards. `fast` is the mode for speed.
#pragma once

#include <cmath>

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

/// Sum over the block of one number per thread, for all threads.
__device__ inline double total_of(double value, ExactScratch& scratch) {
  double values[16] = {value};
  block_sum(values, scratch.sums, scratch.totals);
  const double result = scratch.totals[0];
  __syncthreads();
  return result;
}

/// Visits this thread's tokens of one side as (key, logit).
struct SideTokens {
  const Row& row;
  bool student;

  template <class Visit>
  __device__ void operator()(const Visit& visit) const {
    each_token(row, [&](int j, float t, float s) {
      const float z = student ? s : t;
      visit(order_key(z, j), z);
    });
  }
};

__device__ inline OrderCut cut_at(const Row& row, std::uint64_t key) {
  return {teacher_of(row, key_token(key)), key_token(key)};
}

/// The dominant set of the teacher at tau = 1, as a cut in the order; sums in double.
__device__ inline OrderCut dominant_cut(const ExactRow& x, const ExactTask& task, ExactScratch& scratch) {
  const double value = task.options.dominant_value;
  const OrderCut everything{-__builtin_huge_valf(), task.vocab};
  const SideTokens teacher{x.row, false};
  const auto weight = [&](float z) { return exp(static_cast<double>(z) - x.max_t); };
  if (task.options.dominant_kind == TAUSCOPE_CUDA_TOP_K) {
    if (value >= task.vocab) return everything;
    return cut_at(x.row, end_of_beginning(scratch.order, value, teacher, [](float) { return 1.0; }));
  }
  if (task.options.dominant_kind == TAUSCOPE_CUDA_NUCLEUS && value >= 1)
    return {-3.4028234663852886e38F, task.vocab};
  double mine = 0;
  teacher([&](std::uint64_t, float z) { mine += weight(z); });
  const double bound = value * (1 - slack) * total_of(mine, scratch);
  if (task.options.dominant_kind == TAUSCOPE_CUDA_NUCLEUS)
    return cut_at(x.row, end_of_beginning(scratch.order, bound, teacher, weight));
  double least = -__builtin_huge_val();  // the lowest logit with p >= value, negated
  bool any = false;
  teacher([&](std::uint64_t, float z) {
    if (weight(z) >= bound) least = fmax(least, -static_cast<double>(z)), any = true;
  });
  least = block_max(least, scratch.maxima);
  if (__syncthreads_or(any) == 0) return {__builtin_huge_valf(), task.vocab};
  return {static_cast<float>(-least), task.vocab};
}

/// Ranks of the target, and how many tokens both sides' top k share.
__device__ inline void order_columns(const ExactRow& x, const ExactTask& task, ExactScratch& scratch,
                                     tauscope_cuda_exact_row& out) {
  const int k = min(task.options.overlap_k, task.vocab);
  const auto one = [](float) { return 1.0; };
  const std::uint64_t last_t = end_of_beginning(scratch.order, k, SideTokens{x.row, false}, one);
  const std::uint64_t last_s = end_of_beginning(scratch.order, k, SideTokens{x.row, true}, one);
  const bool ranked = x.target >= 0;
  const std::uint64_t key_t = ranked ? order_key(teacher_of(x.row, x.target), x.target) : 0;
  const std::uint64_t key_s = ranked ? order_key(student_of(x.row, x.target), x.target) : 0;
  double counts[16] = {0, 0, 0};
  each_token(x.row, [&](int j, float t, float s) {
    const std::uint64_t at_t = order_key(t, j), at_s = order_key(s, j);
    counts[0] += at_t >= last_t && at_s >= last_s ? 1 : 0;
    counts[1] += at_t > key_t ? 1 : 0;
    counts[2] += at_s > key_s ? 1 : 0;
  });
  block_sum(counts, scratch.sums, scratch.totals);
  if (threadIdx.x != 0) return;
  out.overlap = scratch.totals[0] / k;
  out.rank_teacher = 1 + scratch.totals[1];
  out.rank_student = 1 + scratch.totals[2];
}

/// One token at one tau.
struct Exponents {
  double a, b, delta, e_t, e_s;
};
__device__ __forceinline__ Exponents exponents(const ExactRow& x, float t, float s, double inverse_tau) {
  const double x_t = finite_logit(t) - x.max_t, x_s = finite_logit(s) - x.max_s;
  const double a = x_t * inverse_tau, b = x_s * inverse_tau;
  return {a, b, x_t - x_s, exp(a), exp(b)};
}

/// (e^x - 1 - x) / x^2 for |x| < 1/2, within 2e-10.
__device__ __forceinline__ double quadratic_part(double x) {
  double y = 1.0 / 362880;
  y = fma(y, x, 1.0 / 40320);
  y = fma(y, x, 1.0 / 5040);
  y = fma(y, x, 1.0 / 720);
  y = fma(y, x, 1.0 / 120);
  y = fma(y, x, 1.0 / 24);
  y = fma(y, x, 1.0 / 6);
  return fma(y, x, 0.5);
}

/// The normalisers of one tau over all tokens; sums 0 to 6, and 7, 8 outside the dominant set.
__device__ inline void first_pass(const ExactRow& x, double tau, ExactScratch& scratch,
                                  tauscope_cuda_exact_sums* out, Normalisation& norm) {
  const double inverse_tau = 1 / tau;
  double sums[16] = {};
  each_token(x.row, [&](int j, float t, float s) {
    if (x.is_special(j)) return;
    const Exponents e = exponents(x, t, s, inverse_tau);
    const double w = e.delta * inverse_tau;
    sums[0] += e.e_t;
    sums[1] += e.e_s;
    sums[2] += fabs(w) < 0.5 ? e.e_s * fma(w * w, quadratic_part(w), w) : e.e_t - e.e_s;
    sums[3] = fma(e.e_t, e.a, sums[3]);
    sums[4] = fma(e.e_s, e.b, sums[4]);
    sums[5] = fma(e.e_t, e.b, sums[5]);
    sums[6] = fma(e.e_s, e.delta - x.centre, sums[6]);
    if (!x.cut.contains(t, j)) sums[7] += e.e_t, sums[8] += e.e_s;
  });
  block_sum(sums, scratch.sums, scratch.totals);
  if (threadIdx.x == 0) {
    double z_t = scratch.totals[0], z_s = scratch.totals[1], difference = scratch.totals[2],
           s_delta = scratch.totals[6];
    for (int i = 0; i < x.special_count; ++i) {
      const float t = teacher_of(x.row, x.special[i]), s = student_of(x.row, x.special[i]);
      const bool both = has_value(t) && has_value(s);
      const Exponents e = exponents(x, t, s, inverse_tau);
      const double w = e.delta * inverse_tau;
      z_t += e.e_t;
      z_s += e.e_s;
      difference += both && fabs(w) < 0.5 ? e.e_s * expm1(w) : e.e_t - e.e_s;
      if (both) s_delta += e.e_s * (e.delta - x.centre);
    }
    norm.p_scale = 1 / z_t;
    norm.q_scale = 1 / z_s;
    norm.log_ratio = difference > 0 ? log1p(difference / z_s) : -log1p(-difference / z_t);
    norm.mean_delta = s_delta / z_s;
    if (out != nullptr) {
      const double* const v = scratch.totals;
      out->z_t = v[0], out->z_s = v[1], out->difference = v[2], out->t_a = v[3], out->s_b = v[4],
      out->t_b = v[5];
      out->s_delta = v[6], out->outside_z_t = v[7], out->outside_z_s = v[8];
      out->p_scale = norm.p_scale, out->q_scale = norm.q_scale, out->log_ratio = norm.log_ratio;
      out->mean_delta = norm.mean_delta;
    }
  }
  __syncthreads();
}

/// One token's terms: u = q - p = p (e^t - 1), fkl = u - p t, rkl = q t - u, t = log q - log p.
struct ExactTerms {
  double p, q, t, u, v, fkl, rkl;
};
__device__ __forceinline__ ExactTerms exact_terms(const ExactRow& x, float teacher, float student,
                                                  double inverse_tau, const Normalisation& n) {
  const Exponents e = exponents(x, teacher, student, inverse_tau);
  ExactTerms k;
  k.p = e.e_t * n.p_scale;
  k.q = e.e_s * n.q_scale;
  k.t = fma(-e.delta, inverse_tau, n.log_ratio);
  const double far = k.q - k.p;
  if (fabs(k.t) < 0.5) {
    const double part = k.p * k.t * k.t * quadratic_part(k.t);
    k.u = fma(k.p, k.t, part);
    k.fkl = part;
    k.rkl = fma(k.t, k.u, -part);
  } else {
    k.u = far;
    k.fkl = fma(-k.p, k.t, far);
    k.rkl = fma(k.q, k.t, -far);
  }
  k.v = k.q * inverse_tau * (n.mean_delta - (e.delta - x.centre));
  return k;
}

/// 1/2 p log(p/m) + 1/2 q log(q/m), m the mean, in float, whose precision is enough as no term cancels: with
/// x = t/2 it is m (x tanh x - log cosh x), a series where t is small, else m (ln 2 + log c - |t| (1 - c)), c
/// = max(p, q) / (p + q). Scaled by 2^64, so that float holds what is above 1e-57.
__device__ __forceinline__ float scaled_mixture(const ExactTerms& k) {
  const float p = static_cast<float>(k.p * 0x1p64), q = static_cast<float>(k.q * 0x1p64);
  const float size = static_cast<float>(fmin(fabs(k.t), 1e30)), sum = p + q, m = 0.5F * sum;
  const float inverse = 1.0F / fmaxf(sum, 1e-37F);
  if (size < 0.5F) {
    const float x2 = size * size * 0.25F;
    float y = fmaf(x2, 62.0F / 1575, -17.0F / 180);
    y = fmaf(y, x2, 2.0F / 9);
    y = fmaf(y, x2, -0.5F);
    y = fmaf(y, x2, 1.0F);
    return m * 0.5F * (x2 * y);
  }
  // log c for c in [1/2, 1], within 4e-8: the Chebyshev interpolant of degree 8 in y = 4 c - 3.
  const float y = fmaf(4.0F, fmaxf(fmaxf(p, q) * inverse, 0.5F), -3.0F);
  float log_c = -2.3463300921826779e-05F;
  log_c = fmaf(log_c, y, 7.9985779314829426e-05F);
  log_c = fmaf(log_c, y, -0.00022516488905021504F);
  log_c = fmaf(log_c, y, 0.00081155600321808157F);
  log_c = fmaf(log_c, y, -0.0030873989767997512F);
  log_c = fmaf(log_c, y, 0.012348930681130904F);
  log_c = fmaf(log_c, y, -0.055555481596986638F);
  log_c = fmaf(log_c, y, 0.3333330877716858F);
  log_c = fmaf(log_c, y, -0.28768207245178073F);
  return m * ((0.693147180559945309F + log_c) - size * (fminf(p, q) * inverse));
}

/// x log x for x >= 0; the logarithm in float is precise enough for an effective number of tokens.
__device__ __forceinline__ double x_log_x(double x) {
  if (x > 1e18) return x * log(x);  // logits of -1e38 that stand for a mask
  const float scaled = fmaxf(static_cast<float>(x * 0x1p64), 1.2e-38F);
  return x * (static_cast<double>(logf(scaled)) - 44.3614195558364998);
}

/// fkl, rkl, |u|^2, |v|^2 and uv over all tokens but the specials.
__device__ inline void second_pass_core(const ExactRow& x, double tau, ExactScratch& scratch,
                                        tauscope_cuda_exact_sums& out) {
  const Normalisation norm = scratch.norm;
  const double inverse_tau = 1 / tau;
  double sums[16] = {};
  each_token(x.row, [&](int j, float t, float s) {
    if (x.is_special(j)) return;
    const ExactTerms k = exact_terms(x, t, s, inverse_tau, norm);
    sums[0] += k.fkl;
    sums[1] += k.rkl;
    sums[2] = fma(k.u, k.u, sums[2]);
    sums[3] = fma(k.v, k.v, sums[3]);
    sums[4] = fma(k.u, k.v, sums[4]);
  });
  block_sum(sums, scratch.sums, scratch.totals);
  if (threadIdx.x == 0) {
    const double* const v = scratch.totals;
    out.fkl = v[0], out.rkl = v[1], out.u_l2 = v[2], out.v_l2 = v[3], out.uv = v[4];
  }
  __syncthreads();
}

/// Everything.
__device__ inline void second_pass(const ExactRow& x, double tau, ExactScratch& scratch,
                                   tauscope_cuda_exact_sums& out) {
  const Normalisation norm = scratch.norm, first = scratch.first;
  const double inverse_tau = 1 / tau;
  double sums[16] = {}, outside[16] = {};
  double u_max = 0, v_max = 0;
  each_token(x.row, [&](int j, float t, float s) {
    if (x.is_special(j)) return;
    const ExactTerms k = exact_terms(x, t, s, inverse_tau, norm);
    const ExactTerms k1 = tau == 1 ? k : exact_terms(x, t, s, 1, first);
    const double u = fabs(k.u), v = fabs(k.v);
    sums[0] += k.fkl;
    sums[1] += k.rkl;
    sums[2] = fma(u, u, sums[2]);
    sums[3] = fma(v, v, sums[3]);
    sums[4] = fma(k.u, k.v, sums[4]);
    sums[5] += scaled_mixture(k);
    sums[6] += u;
    sums[7] += v;
    sums[8] += x_log_x(u);
    sums[9] += x_log_x(v);
    sums[10] = fma(k.u, k1.u, sums[10]);
    sums[11] = fma(k.v, k1.v, sums[11]);
    sums[12] = fma(k1.u, k1.u, sums[12]);
    sums[13] = fma(k1.v, k1.v, sums[13]);
    u_max = fmax(u_max, u);
    v_max = fmax(v_max, v);
    if (x.cut.contains(t, j)) return;
    outside[0] += k.fkl;
    outside[1] += k.rkl;
    outside[2] += u;
    outside[3] = fma(u, u, outside[3]);
    outside[4] += v;
    outside[5] = fma(v, v, outside[5]);
  });
  block_sum(sums, scratch.sums, scratch.totals);
  block_sum(outside, scratch.sums, scratch.totals + 16);
  u_max = block_max(u_max, scratch.maxima);
  v_max = block_max(v_max, scratch.maxima);
  if (threadIdx.x == 0) {
    const double *const v = scratch.totals, *const o = v + 16;
    out.fkl = v[0], out.rkl = v[1], out.u_l2 = v[2], out.v_l2 = v[3], out.uv = v[4], out.jsd = v[5] * 0x1p-64;
    out.u_l1 = v[6], out.v_l1 = v[7], out.u_log = v[8], out.v_log = v[9], out.u_first = v[10],
    out.v_first = v[11];
    out.first_u_l2 = v[12], out.first_v_l2 = v[13], out.u_max = u_max, out.v_max = v_max;
    out.outside_fkl = o[0], out.outside_rkl = o[1], out.outside_u_l1 = o[2], out.outside_u_l2 = o[3];
    out.outside_v_l1 = o[4], out.outside_v_l2 = o[5];
  }
  __syncthreads();
}

template <bool kAll>
__global__ void __launch_bounds__(order_threads) exact_kernel(const ExactTask task) {
  unsigned char* const memory = shared_memory();
  ExactScratch& scratch = *reinterpret_cast<ExactScratch*>(memory);
  const tauscope_cuda_exact_options& options = task.options;
  const long long place = blockIdx.x, r = options.rows != nullptr ? options.rows[place] : place;
  ExactRow x;
  x.row = open_row(task.teacher, task.student, r, task.vocab, task.resident, memory + exact_scratch_bytes);
  const int target = options.targets != nullptr ? static_cast<int>(options.targets[r]) : -1;
  (options.without_target != 0 ? x.left_out : x.target) = target;
  tauscope_cuda_exact_row& out = task.rows[place];
  if (!look_at(x, scratch, out)) return;
  x.cut = {-__builtin_huge_valf(), task.vocab};
  if (kAll) {
    x.cut = dominant_cut(x, task, scratch);
    order_columns(x, task, scratch, out);
  }
  if (x.target >= 0) x.add_special(x.target);
  x.add_special(x.argmax_t);
  x.add_special(x.argmax_s);
  if (threadIdx.x == 0) {
    out.special_count = x.special_count;
    for (int i = 0; i < x.special_count; ++i) {
      const float t = teacher_of(x.row, x.special[i]);
      out.special_token[i] = x.special[i];
      out.special_teacher[i] = t;
      out.special_student[i] = student_of(x.row, x.special[i]);
      out.special_dominant[i] = x.cut.contains(t, x.special[i]) ? 1 : 0;
    }
  }
  if (kAll) {
    first_pass(x, 1, scratch, nullptr, scratch.first);
    if (threadIdx.x == 0) {
      out.first_p_scale = scratch.first.p_scale, out.first_q_scale = scratch.first.q_scale;
      out.first_log_ratio = scratch.first.log_ratio, out.first_mean = scratch.first.mean_delta;
    }
  }
  for (int k = 0; k < options.tau_count; ++k) {
    tauscope_cuda_exact_sums& sums = task.sums[place * options.tau_count + k];
    first_pass(x, options.taus[k], scratch, &sums, scratch.norm);
    if (kAll)
      second_pass(x, options.taus[k], scratch, sums);
    else
      second_pass_core(x, options.taus[k], scratch, sums);
  }
}

}  // namespace tauscope::cuda
