// The gradient of FKL or RKL and the loss, one block per row: a scan, a pass for the sums, a pass that
// writes.
//
// As in gradient_rows.cpp everything is taken relative to the student's largest token, the base: with
// D_j = (z_t - z_s)_j - (z_t - z_s)_base, w = D / tau and L = log(Z_p / E_p) - log(Z_q / E_q), E the base's
// exponentials, log q - log p = t = L - w. q - p = p (e^t - 1) comes from a series where t is small, and L
// from the summed differences E_q e_p - E_p e_q. D and w are pairs of floats: t may be small where D is not,
// and a student close to its teacher has nothing but t. Rows that float cannot hold (masked on one side,
// logits that stand for a mask) are computed in double.
#pragma once

#include "kernels/cuda/float_math.cuh"
#include "kernels/cuda/scan.cuh"

namespace tauscope::cuda {

struct GradientTask {
  Side teacher, student;
  int vocab = 0, resident = 0;
  Rate rate;
  FloatPair inverse_tau;
  double tau = 1, factor = 1, loss_scale = 1;
  float* gradient = nullptr;  // (rows, stride)
  long long stride = 0;
  double* loss = nullptr;  // (rows) or null
};

inline constexpr float near = 0.5F;  // below this, series

/// D, as a pair of floats, of one token.
struct BaseFrame {
  float max_t = 0, max_s = 0;
  FloatPair centre;  // z_t - z_s of the base

  __device__ __forceinline__ FloatPair difference(float t, float s) const {
    const FloatPair raw = exact_difference(fmaxf(t, masked_logit), fmaxf(s, masked_logit));
    const FloatPair shifted = exact_difference(raw.hi, centre.hi);
    const float low = shifted.lo + (raw.lo - centre.lo), hi = shifted.hi + low;
    return {hi, low - (hi - shifted.hi)};
  }
};

struct GradientSums {
  float z_p = 0, z_q = 0;
  float ratio = 0;  // E_q e_p - E_p e_q
  float q_d = 0;    // e_q D

  __device__ GradientSums& operator+=(const GradientSums& o) {
    z_p += o.z_p, z_q += o.z_q, ratio += o.ratio, q_d += o.q_d;
    return *this;
  }
};

/// What the writing pass needs.
struct GradientNorms {
  float p_scale = 0, q_scale = 0, mean = 0, factor = 0;
  FloatPair log_ratio;  // L
};

struct GradientScratch {
  SumScratch<4> sums;
  std::uint64_t keys[most_warps];
  double totals[4];
  GradientNorms norms;
};

inline constexpr std::size_t gradient_scratch_bytes = (sizeof(GradientScratch) + 15) / 16 * 16;

template <bool kForward>
__device__ inline GradientNorms settle_gradient(const GradientTask& task, const double* totals,
                                                double gap_p) {
  const double z_p = totals[0], z_q = totals[1], change = totals[2] / (exp(gap_p) * z_q);
  // Far apart, or the base's share underflows: the difference of the logarithms has all the digits.
  const bool close = fabs(change) < 0.5;
  const double log_ratio = close ? log1p(change) : log(z_p / z_q) - gap_p;
  GradientNorms norms;
  norms.p_scale = static_cast<float>(1 / z_p);
  norms.q_scale = static_cast<float>(1 / z_q);
  norms.mean = static_cast<float>(totals[3] / z_q);
  norms.factor = static_cast<float>(kForward ? task.factor : task.factor / task.tau);
  norms.log_ratio = split(log_ratio);
  return norms;
}

struct GradientTerms {
  float gradient = 0, loss = 0;
};

/// One token. Terms of the loss are each >= 0: u - p t of FKL, q t - u of RKL, u = q - p.
template <bool kForward, bool kLoss>
__device__ __forceinline__ GradientTerms gradient_terms(float t, float s, const BaseFrame& frame,
                                                        const GradientTask& task, const GradientNorms& n) {
  const FloatPair d = frame.difference(t, s);
  const float q = exp_less(s, frame.max_s, task.rate) * n.q_scale;
  GradientTerms terms;
  if constexpr (!kForward) terms.gradient = n.factor * q * ((n.mean - d.hi) - d.lo);
  if constexpr (kForward || kLoss) {
    const float p = exp_less(t, frame.max_t, task.rate) * n.p_scale;
    const float w = d.hi * task.inverse_tau.hi;
    const float w_rest =
        fmaf(d.lo, task.inverse_tau.hi, fmaf(d.hi, task.inverse_tau.lo, fmaf(d.hi, task.inverse_tau.hi, -w)));
    const float x = (n.log_ratio.hi - w) + (n.log_ratio.lo - w_rest);
    const bool close = fabsf(x) < near;
    const float part = p * x * x * quadratic_part(x), far = q - p;
    const float u = close ? fmaf(p, x, part) : far;
    if constexpr (kForward) {
      terms.gradient = n.factor * u;
      if constexpr (kLoss) terms.loss = close ? part : fmaf(-p, x, far);
    } else {
      terms.loss = close ? fmaf(x, u, -part) : fmaf(q, x, -far);
    }
  }
  return terms;
}

/// A plain row. Returns the divergence, in thread 0.
template <Format kFormat, bool kForward, bool kLoss>
__device__ double plain_gradient(const GradientTask& task, const Row& row, const RowScan& scan,
                                 GradientScratch& scratch, float* out) {
  const float base_t = row.teacher_at<kFormat>(scan.argmax_s);
  const BaseFrame frame{scan.max_t, scan.max_s, exact_difference(base_t, scan.max_s)};
  const float e_p = exp_less(base_t, scan.max_t, task.rate);
  GradientSums total;
  sum_tokens<kFormat>(row, total, [&](int, float t, float s, GradientSums& sums, auto) {
    const FloatPair d = frame.difference(t, s);
    const float q = exp_less(s, frame.max_s, task.rate);
    sums.z_q += q;
    if constexpr (kForward || kLoss) {
      const float p = exp_less(t, frame.max_t, task.rate), w = d.hi * task.inverse_tau.hi, scaled = e_p * q;
      const float close = scaled * fmaf(w * w, quadratic_part(w), w), far = p - scaled;
      sums.z_p += p;
      sums.ratio += fabsf(w) < near ? close : far;
    }
    if constexpr (!kForward) sums.q_d = fmaf(q, d.hi, sums.q_d);
  });
  const double values[4] = {total.z_p, total.z_q, total.ratio, total.q_d};
  block_sum(values, scratch.sums, scratch.totals);
  if (threadIdx.x == 0) {
    const double gap_p = (static_cast<double>(base_t) - static_cast<double>(scan.max_t)) / task.tau;
    scratch.norms = settle_gradient<kForward>(task, scratch.totals, gap_p);
  }
  __syncthreads();
  const GradientNorms norms = scratch.norms;
  struct Loss {
    float sum = 0;
    __device__ Loss& operator+=(const Loss& o) {
      sum += o.sum;
      return *this;
    }
  } loss;
  sum_tokens<kFormat>(row, loss, [&](int j, float t, float s, Loss& sums, auto) {
    const GradientTerms terms = gradient_terms<kForward, kLoss>(t, s, frame, task, norms);
    out[j] = terms.gradient;
    sums.sum += terms.loss;
  });
  if constexpr (!kLoss) return 0;
  const double last[4] = {loss.sum, 0, 0, 0};
  block_sum(last, scratch.sums, scratch.totals);
  return scratch.totals[0];
}

/// e^x - 1 - x without cancellation.
__device__ inline double expm1_minus(double x) {
  if (fabs(x) > 0.01) return expm1(x) - x;
  return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6))));
}

/// Any valid row, in double and token by token as math.md says. Returns the divergence.
template <Format kFormat, bool kForward>
__device__ double wide_gradient(const GradientTask& task, const Row& row, const RowScan& scan,
                                GradientScratch& scratch, float* out) {
  constexpr double infinity = __builtin_huge_val();
  const auto has = [](float z) { return z > -__builtin_huge_valf(); };
  const double max_t = scan.max_t, max_s = scan.max_s, base_t = row.teacher_at<kFormat>(scan.argmax_s);
  const double centre = has(static_cast<float>(base_t)) ? base_t - max_s : max_t - max_s;
  const auto log_weight = [&](float z, double largest) {
    return (static_cast<double>(z) - largest) / task.tau;
  };
  // Sums without the largest token, whose term is 1: log Z keeps its digits as the others vanish.
  double others_t = 0, others_s = 0, q_d = 0;
  for_each_token<kFormat>(row, [&](int j, float t, float s) {
    const double e_s = has(s) ? exp(log_weight(s, max_s)) : 0;
    if (has(t) && j != scan.argmax_t) others_t += exp(log_weight(t, max_t));
    if (j != scan.argmax_s) others_s += e_s;
    if (has(t) && has(s)) q_d += e_s * ((static_cast<double>(t) - static_cast<double>(s)) - centre);
  });
  const double values[4] = {others_t, others_s, q_d, 0};
  block_sum(values, scratch.sums, scratch.totals);
  const double log_z_t = log1p(scratch.totals[0]), log_z_s = log1p(scratch.totals[1]);
  const double mean = scratch.totals[2] / (1 + scratch.totals[1]);
  __syncthreads();
  const bool lost = kForward ? scan.student_lost : scan.teacher_lost;
  double divergence = 0;
  for_each_token<kFormat>(row, [&](int j, float t, float s) {
    const double log_p = log_weight(t, max_t) - log_z_t, log_q = log_weight(s, max_s) - log_z_s;
    const double p = has(t) ? exp(log_p) : 0, q = has(s) ? exp(log_q) : 0;
    double u = q - p, v = 0, term = kForward ? q : p;  // where one side is masked; 0 where both are
    if (has(t) && has(s)) {
      const double d = static_cast<double>(t) - static_cast<double>(s);
      const double x = (log_z_t - log_z_s) - (d - (max_t - max_s)) / task.tau;
      if (fabs(x) < 0.5) u = p * expm1(x);
      const double from = kForward ? p : q, to = kForward ? q : p, ratio = kForward ? x : -x;
      term = fabs(x) < 0.5 ? from * expm1_minus(ratio) : to - from - (from > 0 ? from * ratio : 0);
      v = q > 0 ? q * (mean - (d - centre)) / task.tau : 0;
    }
    divergence += term;
    out[j] = static_cast<float>(task.factor * (kForward ? u : lost ? infinity - infinity : v));
  });
  const double last[4] = {divergence, 0, 0, 0};
  block_sum(last, scratch.sums, scratch.totals);
  return lost ? infinity : scratch.totals[0];
}

template <Format kFormat, bool kForward, bool kLoss>
__global__ void __launch_bounds__(row_threads) gradient_kernel(const GradientTask task) {
  unsigned char* const memory = shared_memory();
  GradientScratch& scratch = *reinterpret_cast<GradientScratch*>(memory);
  const long long r = blockIdx.x;
  const Row row =
      open_row(task.teacher, task.student, r, task.vocab, task.resident, memory + gradient_scratch_bytes);
  const RowScan scan = scan_row<kFormat>(row, scratch.keys, token_step());
  float* const out = task.gradient + r * task.stride;
  constexpr float nan = __builtin_nanf("");
  double divergence = nan;
  if (!scan.valid) {
    for (int j = static_cast<int>(threadIdx.x); j < task.vocab; j += static_cast<int>(blockDim.x))
      out[j] = nan;
  } else if (scan.plain()) {
    divergence = plain_gradient<kFormat, kForward, kLoss>(task, row, scan, scratch, out);
  } else {
    divergence = wide_gradient<kFormat, kForward>(task, row, scan, scratch, out);
  }
  if (kLoss && task.loss != nullptr && threadIdx.x == 0) task.loss[r] = task.loss_scale * divergence;
}

}  // namespace tauscope::cuda
