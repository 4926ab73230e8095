// The second pass of `exact` at one tau: divergences and both gradients' norms, or every sum there is.
#pragma once

#include "kernels/cuda/exact_first_pass.cuh"

namespace tauscope::cuda {

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

}  // namespace tauscope::cuda
