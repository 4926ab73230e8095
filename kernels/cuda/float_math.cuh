// Arithmetic in float where float alone would lose digits: pairs of floats, exponentials of x / tau, short
// series.
#pragma once

#include <cmath>

#include "kernels/cuda/device.cuh"

namespace tauscope::cuda {

/// hi + lo, |lo| within half a unit of hi's last place.
struct FloatPair {
  float hi = 0, lo = 0;
};

__host__ __device__ inline FloatPair split(double x) {
  const float hi = static_cast<float>(x);
  return {hi, static_cast<float>(x - static_cast<double>(hi))};
}

/// a - b without error (Knuth's two-sum): whatever the magnitudes are.
__device__ __forceinline__ FloatPair exact_difference(float a, float b) {
  const float hi = a - b, back = hi - a;
  return {hi, (a - (hi - back)) - (b + back)};
}

/// log2(e) / tau.
struct Rate {
  float hi = 0, lo = 0;
};

inline Rate rate_of(double tau) {
  const FloatPair pair = split(1.44269504088896340736 / tau);
  return {pair.hi, pair.lo};
}

/// e^(x / tau) for x in [-1e30, 0], within 3e-7. The product x * rate is never rounded: at small tau its
/// rounding would show.
__device__ __forceinline__ float exp_scaled(float x, Rate rate) {
  const float y = x * rate.hi;
  const float rest = fmaf(x, rate.lo, fmaf(x, rate.hi, -y));
  const float e = exp2_approx(y);
  return fmaf(e * 0.693147180559945309F, rest, e);
}

/// e^((z - largest) / tau): what the subtraction rounds away counts too where tau is small.
__device__ __forceinline__ float exp_less(float z, float largest, Rate rate) {
  z = fmaxf(z, -1e30F);
  const float x = z - largest, tail = z - (x + largest), y = x * rate.hi;
  const float rest = fmaf(tail, rate.hi, fmaf(x, rate.lo, fmaf(x, rate.hi, -y)));
  const float e = exp2_approx(y);
  return fmaf(e * 0.693147180559945309F, rest, e);
}

/// (e^x - 1 - x) / x^2 for |x| <= 1/2 (Taylor, 1e-8 of e^x - 1 - x).
__device__ __forceinline__ float quadratic_part(float x) {
  float y = 1.0F / 40320;
  y = fmaf(y, x, 1.0F / 5040);
  y = fmaf(y, x, 1.0F / 720);
  y = fmaf(y, x, 1.0F / 120);
  y = fmaf(y, x, 1.0F / 24);
  y = fmaf(y, x, 1.0F / 6);
  return fmaf(y, x, 0.5F);
}

}  // namespace tauscope::cuda
