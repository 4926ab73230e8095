// The first pass of `exact` at one tau: normalisers, entropies, and what the second pass is normalised with.
#pragma once

#include <cmath>

#include "kernels/cuda/exact_row.cuh"

namespace tauscope::cuda {

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

}  // namespace tauscope::cuda
