// The other number type that the formulas run on in device code: float, by the mathematics of the CPU's float
// lanes and with their account of what rounding costs. Nothing here is approximated by the hardware's own
// functions: what the stand-in for CUDA computes is what a card computes, but for products that nvcc fuses
// with sums.
#pragma once

#include <bit>

#include "kernels/cuda/token_groups.cuh"
#include "kernels/objectives/account-inl.h"
#include "kernels/objectives/single_frame-inl.h"

namespace tauscope::cuda {

struct DeviceSingle {
  float v = 0;

  DeviceSingle() = default;
  explicit TAUSCOPE_HD DeviceSingle(double x) : v(static_cast<float>(x)) {}
  static TAUSCOPE_HD DeviceSingle of(float x) {
    DeviceSingle result;
    result.v = x;
    return result;
  }
};

TAUSCOPE_HD DeviceSingle operator+(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(a.v + b.v);
}
TAUSCOPE_HD DeviceSingle operator-(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(a.v - b.v);
}
TAUSCOPE_HD DeviceSingle operator*(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(a.v * b.v);
}
TAUSCOPE_HD DeviceSingle operator/(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(a.v / b.v);
}
TAUSCOPE_HD bool operator<(DeviceSingle a, DeviceSingle b) {
  return a.v < b.v;
}
TAUSCOPE_HD bool operator>(DeviceSingle a, DeviceSingle b) {
  return a.v > b.v;
}
TAUSCOPE_HD bool operator>=(DeviceSingle a, DeviceSingle b) {
  return a.v >= b.v;
}
TAUSCOPE_HD DeviceSingle select(bool condition, DeviceSingle yes, DeviceSingle no) {
  return condition ? yes : no;
}
TAUSCOPE_HD DeviceSingle abs_of(DeviceSingle a) {
  return DeviceSingle::of(std::fabs(a.v));
}
TAUSCOPE_HD DeviceSingle multiply_add(DeviceSingle a, DeviceSingle b, DeviceSingle c) {
  return DeviceSingle::of(fmaf(a.v, b.v, c.v));
}
TAUSCOPE_HD DeviceSingle multiply_subtract(DeviceSingle a, DeviceSingle b, DeviceSingle c) {
  return DeviceSingle::of(fmaf(a.v, b.v, -c.v));
}
TAUSCOPE_HD DeviceSingle larger_of(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(fmaxf(a.v, b.v));
}
TAUSCOPE_HD DeviceSingle smaller_of(DeviceSingle a, DeviceSingle b) {
  return DeviceSingle::of(fminf(a.v, b.v));
}
/// The compiler would convert a double to float in a loop, where a register is cheap and a conversion is not.
TAUSCOPE_HD DeviceSingle pinned(DeviceSingle x) {
#ifdef __CUDA_ARCH__
  asm volatile("" : "+f"(x.v));
#endif
  return x;
}
TAUSCOPE_HD DeviceSingle power_from_bits(DeviceSingle x) {
  return DeviceSingle::of(std::bit_cast<float>(std::bit_cast<std::uint32_t>(x.v) << 23));
}
TAUSCOPE_HD objectives::NearOne<DeviceSingle> split_near_one(DeviceSingle u) {
  constexpr std::int32_t one = 0x3F800000, sqrt_half = 0x3F3504F3;
  const std::int32_t k = (std::bit_cast<std::int32_t>(u.v) + (one - sqrt_half)) >> 23;
  // 2^-k by its bits: the exponent's bias less k.
  return {DeviceSingle::of(std::bit_cast<float>((254 - k) << 23)),
          DeviceSingle::of(static_cast<float>(k - 127))};
}

TAUSCOPE_HD DeviceSingle exp_of(DeviceSingle x) {
  return objectives::single_exp(x);
}
TAUSCOPE_HD DeviceSingle exp_below_of(DeviceSingle x) {
  return objectives::single_exp(x);
}
TAUSCOPE_HD objectives::ExpAndLessOne<DeviceSingle> exp_and_expm1_of(DeviceSingle x) {
  return objectives::single_exp_and_expm1(x);
}
TAUSCOPE_HD DeviceSingle log1p_of(DeviceSingle x) {
  return objectives::single_log1p(x);
}
TAUSCOPE_HD DeviceSingle exp_tail(DeviceSingle x) {
  return objectives::single_exp_tail(x);
}

}  // namespace tauscope::cuda

namespace tauscope::objectives {

template <>
inline constexpr bool waits_for_chains<cuda::DeviceSingle> = false;

template <>
struct LogOf<cuda::DeviceSingle> {
  using type = PreparedPower<cuda::DeviceSingle>;
};

}  // namespace tauscope::objectives

namespace tauscope::cuda {

/// `kRescales`: the objective softens the sides at scales that differ.
template <bool kRescales>
struct DeviceSingles : objectives::SingleRounding {
  using Lane = DeviceSingle;
  using Frame = objectives::SingleFrame<DeviceSingle, kRescales>;
  using Exp = objectives::SingleExp<DeviceSingle>;
  using Difference = objectives::SingleDifference<DeviceSingle>;

  static __device__ Lane of(float z) { return Lane::of(z); }
  /// A number that a loop uses.
  static __device__ Lane constant(double x) { return pinned(Lane(x)); }
  template <class Body, class... Sums>
  static __device__ __forceinline__ void each(const Row& row, const Body& body, Sums&... sums) {
    for_each_in_groups(row, objective_step(), body, [&] { (sums.flush(), ...); });
  }
  /// Float for as many terms as each() leaves between two flushes, double between these.
  struct Sum {
    float now = 0;
    double value = 0;
    __device__ void add(Lane x) { now += x.v; }
    __device__ void flush() {
      value += static_cast<double>(now);
      now = 0;
    }
    __device__ double total() const { return value + static_cast<double>(now); }
  };
};

}  // namespace tauscope::cuda
