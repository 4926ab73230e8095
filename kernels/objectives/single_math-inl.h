// Exponentials and logarithms of vectors of float, and pairs of floats. Only for targets with a fused
// multiply-add.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/objectives/lanes-inl.h"

TAUSCOPE_FORMULAS_BEGIN

using SingleLanes = Lanes<float>;
using SingleTag = SingleLanes::Tag;
using SingleVector = hn::Vec<SingleTag>;

/// a * b rounded by itself, whatever stands around it.
HWY_INLINE SingleLanes product_of(SingleLanes a, SingleLanes b) {
  return multiply_add(a, b, SingleLanes());
}

/// The nearest multiples of 1 that exponents of 2 are split at: n in the low bits of `biased`.
struct SplitExponent {
  SingleVector biased, n;

  HWY_INLINE explicit SplitExponent(SingleVector biased_exponent) : SplitExponent(biased_exponent, magic()) {}
  /// `added` is what the exponent was rounded by: the magic number, or an integer beyond it.
  HWY_INLINE SplitExponent(SingleVector biased_exponent, SingleVector added)
      : biased(biased_exponent), n(hn::Sub(biased_exponent, added)) {}
  /// 1.5 * 2^23 + the exponent's bias: adding it leaves n + 127 in the low bits.
  static HWY_INLINE SingleVector magic() { return hn::Set(SingleTag(), 12582912.0f + 127.0f); }
  /// 2^n, 0 for n = -127 and infinite for n = 128.
  HWY_INLINE SingleVector power() const {
    const hn::Rebind<std::uint32_t, SingleTag> du;
    return hn::BitCast(SingleTag(), hn::ShiftLeft<23>(hn::BitCast(du, biased)));
  }
};

/// x^n for n = 1, 2, 4, 8.
template <std::size_t n>
HWY_INLINE SingleVector power_of_two_of(SingleVector x) {
  if constexpr (n == 1) {
    return x;
  } else {
    const SingleVector half = power_of_two_of<n / 2>(x);
    return hn::Mul(half, half);
  }
}

/// coefficients[0] + x coefficients[1] + …, in halves: what a loop waits for here is a chain of operations
/// more than their number.
template <std::size_t count, std::size_t first = 0, std::size_t n>
HWY_INLINE SingleVector polynomial(SingleVector x, const std::array<float, n>& coefficients) {
  if constexpr (count == 1) {
    return hn::Set(SingleTag(), coefficients[first]);
  } else {
    constexpr std::size_t half = std::bit_ceil(count) / 2;
    return hn::MulAdd(polynomial<count - half, first + half>(x, coefficients), power_of_two_of<half>(x),
                      polynomial<half, first>(x, coefficients));
  }
}
template <std::size_t n>
HWY_INLINE SingleVector polynomial(SingleVector x, const std::array<float, n>& coefficients) {
  return polynomial<n, 0, n>(x, coefficients);
}

/// 2^f for |f| <= 1/2: minimax, 2e-9.
HWY_INLINE SingleVector power_of_fraction(SingleVector f) {
  constexpr std::array<float, 7> terms = {1.0f,           0.693147206f,   0.240226469f,  5.55032878e-2f,
                                          9.61848892e-3f, 1.33999313e-3f, 1.53458205e-4f};
  return polynomial(f, terms);
}

/// (e^x - 1 - x)/x^2 for |x| <= 1/2: minimax, 3e-8.
HWY_INLINE SingleLanes exp_tail(SingleLanes x) {
  constexpr std::array<float, 6> terms = {0.5f,           0.166666657f,   0.0416657962f,
                                          0.00833345205f, 0.00139819970f, 0.000198756286f};
  return SingleLanes(polynomial(x.v, terms));
}

constexpr double log2_e = 1.44269504088896340736;

/// A double as the sum of two floats; the first on a grid that integers up to 2^11 may be subtracted from
/// without rounding.
struct TwoFloats {
  SingleLanes high, low;

  HWY_INLINE explicit TwoFloats(double x) : TwoFloats(x, static_cast<float>(x)) {}
  static HWY_INLINE TwoFloats on_grid(double x) {
    return TwoFloats(x, static_cast<float>(std::nearbyint(x * 4096) / 4096));
  }

 private:
  HWY_INLINE TwoFloats(double x, float nearest)
      : high(static_cast<double>(nearest)), low(x - static_cast<double>(nearest)) {}
};

/// exp(x + tail); 0 below 2^-127, infinite where float is.
HWY_INLINE SingleLanes exp_of(SingleLanes x, SingleLanes tail) {
  const SingleTag d;
  const TwoFloats rate(log2_e);
  const SingleVector lowest = hn::Set(d, -88.0296919f), highest = hn::Set(d, 89.0f);
  const SingleVector clamped = hn::Min(hn::Max(x.v, lowest), highest);
  const SplitExponent e(hn::MulAdd(clamped, rate.high.v, SplitExponent::magic()));
  const SingleVector f =
      hn::MulAdd(tail.v, rate.high.v, hn::MulAdd(clamped, rate.low.v, hn::MulSub(clamped, rate.high.v, e.n)));
  return SingleLanes(hn::Mul(power_of_fraction(f), e.power()));
}
HWY_INLINE SingleLanes exp_of(SingleLanes x) {
  return exp_of(x, SingleLanes());
}
HWY_INLINE SingleLanes exp_below_of(SingleLanes x) {
  return exp_of(x);
}

HWY_INLINE ExpAndLessOne<SingleLanes> exp_and_expm1_of(SingleLanes x) {
  const SingleTag d;
  const SingleVector clamped = hn::Max(x.v, hn::Set(d, -88.0296919f));
  const SplitExponent e(hn::MulAdd(clamped, hn::Set(d, static_cast<float>(log2_e)), SplitExponent::magic()));
  const SingleVector r =
      hn::NegMulAdd(e.n, hn::Set(d, -2.12194440e-4f), hn::NegMulAdd(e.n, hn::Set(d, 0.693359375f), clamped));
  const SingleVector part = hn::MulAdd(hn::Mul(r, r), exp_tail(SingleLanes(r)).v, r), power = e.power();
  return {SingleLanes(hn::MulAdd(power, part, power)),
          SingleLanes(hn::MulAdd(power, part, hn::Sub(power, hn::Set(d, 1.0f))))};
}

/// log(1 + x) for x > -1, in relative terms: 2^k (1 + f) with f formed without rounding 1 + x, and log(1 +
/// f)/f minimax, 3e-8.
HWY_INLINE SingleLanes log1p_of(SingleLanes x) {
  constexpr std::array<float, 9> terms = {1.0f,          -0.499999881f, 0.333341867f,
                                          -0.250020742f, 0.199568331f,  -0.165623933f,
                                          0.149522662f,  -0.143668428f, 0.0872235596f};
  const SingleTag d;
  const hn::Rebind<std::int32_t, SingleTag> di;
  constexpr std::int32_t one = 0x3F800000, sqrt_half = 0x3F3504F3;
  const SingleVector unit = hn::Set(d, 1.0f), u = hn::Add(x.v, unit);
  const auto k = hn::ShiftRight<23>(hn::Add(hn::BitCast(di, u), hn::Set(di, one - sqrt_half)));
  // 2^-k by its bits: the exponent's bias less k.
  const SingleVector power = hn::BitCast(d, hn::ShiftLeft<23>(hn::Sub(hn::Set(di, 254), k)));
  const SingleVector f = hn::MulAdd(x.v, power, hn::Sub(power, unit));
  const SingleVector exponent = hn::ConvertTo(d, hn::Sub(k, hn::Set(di, 127)));
  return SingleLanes(hn::MulAdd(exponent, hn::Set(d, 0.69314718056f), hn::Mul(f, polynomial(f, terms))));
}

/// A number and what rounding lost of it.
struct PreciseLanes {
  SingleLanes high, low;
};
/// Knuth's sum.
HWY_INLINE PreciseLanes exact_sum(SingleLanes a, SingleLanes b) {
  const SingleLanes sum = a + b, of_b = sum - a;
  return {sum, (a - (sum - of_b)) + (b - of_b)};
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
