// The number type that the formulas of kernels/objectives run on in device code: double, with an exponential
// and series as long as the bound of 1e-5 needs and no longer.
#pragma once

#include <bit>

#include "kernels/cuda/device.cuh"
#include "kernels/objectives/number-inl.h"

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

/// e^x for x <= 0 within 1e-11, 0 below the normal range: x = n ln 2 + r and the series of r.
TAUSCOPE_HD DeviceDouble exp_below_of(DeviceDouble x) {
  constexpr double lowest = -708.0, magic = 0x1.8p52;  // adding it rounds to an integer, kept in the low bits
  const double clamped = std::fmax(x.v, lowest);
  const double shifted = std::fma(clamped, 1.44269504088896340736, magic), n = shifted - magic;
  const double r = std::fma(n, -1.42860682030941723212e-6, std::fma(n, -0.693145751953125, clamped));
  const double e = std::fma(r * r, objectives::exp_tail(DeviceDouble(r)).v, r + 1.0);
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) << 52;
  const double result = std::bit_cast<double>(std::bit_cast<std::uint64_t>(e) + exponent);
  return DeviceDouble(x.v >= lowest ? result : 0.0);
}

}  // namespace tauscope::cuda
