// A number type that the formulas of kernels/objectives run on in device code: double, with an exponential
// and series as long as the bound of 1e-5 needs and no longer.
#pragma once

#include <bit>

#include "kernels/cuda/token_groups.cuh"
#include "kernels/objectives/frame-inl.h"

namespace tauscope::cuda {

struct DeviceDouble {
  double v = 0;

  DeviceDouble() = default;
  explicit TAUSCOPE_HD DeviceDouble(double x) : v(x) {}
};

TAUSCOPE_HD DeviceDouble operator+(DeviceDouble a, DeviceDouble b) {
  return DeviceDouble(a.v + b.v);
}
TAUSCOPE_HD DeviceDouble operator-(DeviceDouble a, DeviceDouble b) {
  return DeviceDouble(a.v - b.v);
}
TAUSCOPE_HD DeviceDouble operator*(DeviceDouble a, DeviceDouble b) {
  return DeviceDouble(a.v * b.v);
}
TAUSCOPE_HD DeviceDouble operator/(DeviceDouble a, DeviceDouble b) {
  return DeviceDouble(a.v / b.v);
}
TAUSCOPE_HD bool operator<(DeviceDouble a, DeviceDouble b) {
  return a.v < b.v;
}
TAUSCOPE_HD bool operator>(DeviceDouble a, DeviceDouble b) {
  return a.v > b.v;
}
TAUSCOPE_HD bool operator>=(DeviceDouble a, DeviceDouble b) {
  return a.v >= b.v;
}
TAUSCOPE_HD DeviceDouble select(bool condition, DeviceDouble yes, DeviceDouble no) {
  return condition ? yes : no;
}
TAUSCOPE_HD DeviceDouble abs_of(DeviceDouble a) {
  return DeviceDouble(std::fabs(a.v));
}
TAUSCOPE_HD DeviceDouble multiply_add(DeviceDouble a, DeviceDouble b, DeviceDouble c) {
  return DeviceDouble(std::fma(a.v, b.v, c.v));
}
TAUSCOPE_HD DeviceDouble exp_of(DeviceDouble a) {
  return DeviceDouble(std::exp(a.v));
}
// To the last digits: the logarithm of a mixture with little of one side is a difference of these.
TAUSCOPE_HD DeviceDouble expm1_of(DeviceDouble a) {
  return DeviceDouble(std::expm1(a.v));
}
TAUSCOPE_HD DeviceDouble log1p_of(DeviceDouble a) {
  return DeviceDouble(std::log1p(a.v));
}

}  // namespace tauscope::cuda

namespace tauscope::objectives {

template <>
struct SeriesOrder<cuda::DeviceDouble> {
  static constexpr int value = 10;
};

}  // namespace tauscope::objectives

namespace tauscope::cuda {

TAUSCOPE_HD DeviceDouble exp_tail(DeviceDouble x) {
  return objectives::exp_tail(x);
}

/// e^x for x <= 0 within 1e-11, 0 below the normal range: x = n ln 2 + r and the series of r.
TAUSCOPE_HD DeviceDouble exp_below_of(DeviceDouble x) {
  constexpr double lowest = -708.0, magic = 0x1.8p52;  // adding it rounds to an integer, kept in the low bits
  const double clamped = std::fmax(x.v, lowest);
  const double shifted = std::fma(clamped, 1.44269504088896340736, magic), n = shifted - magic;
  const double r = std::fma(n, -1.42860682030941723212e-6, std::fma(n, -0.693145751953125, clamped));
  const double e = std::fma(r * r, exp_tail(DeviceDouble(r)).v, r + 1.0);
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) << 52;
  const double result = std::bit_cast<double>(std::bit_cast<std::uint64_t>(e) + exponent);
  return DeviceDouble(x.v >= lowest ? result : 0.0);
}

/// What a row is computed with: see also DeviceSingles.
struct DeviceDoubles {
  using Lane = DeviceDouble;
  using Frame = objectives::FrameOf<DeviceDouble, double>;
  using Exp = objectives::Exponential<DeviceDouble>;
  using Difference = objectives::DifferenceOf<DeviceDouble>;
  static constexpr double rounding = 0;  ///< of a term, where results have to be tested for it

  static __device__ Lane of(float z) { return Lane(static_cast<double>(z)); }
  static __device__ Lane constant(double x) { return Lane(x); }
  /// body(j, teacher, student) for this thread's tokens.
  template <class Body, class... Sums>
  static __device__ __forceinline__ void each(const Row& row, const Body& body, Sums&...) {
    for_each_token<Format::any>(row, body);
  }
  struct Sum {
    double value = 0;
    __device__ void add(Lane x) { value += x.v; }
    __device__ double total() const { return value; }
  };
};

}  // namespace tauscope::cuda
