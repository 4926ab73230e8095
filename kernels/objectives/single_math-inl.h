// Exponentials and logarithms of lanes of float: of the CPU's vectors and of a number on a device alike.
//
// Beside what every formula needs (number-inl.h), a type L of lanes brings
//   multiply_add(a, b, c)       a b + c, rounded once
//   multiply_subtract(a, b, c)  a b - c, rounded once
//   larger_of(a, b), smaller_of(a, b)
//   power_from_bits(x)          2^n, n + 127 being in the low bits of x; 0 for n = -127, infinite for n = 128
//   split_near_one(u)           NearOne of u > 0
//   pinned(x)                   x, which the compiler shall not form again where it is used
// and declares exp_of, exp_below_of, exp_and_expm1_of, exp_tail and log1p_of by the single_... below.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_MATH_INL_H_
#endif

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/objectives/number-inl.h"

TAUSCOPE_FORMULAS_BEGIN

constexpr double log2_e = 1.44269504088896340736;

/// An exponent of 2 split at the nearest integer.
template <class L>
struct SplitExponent {
  /// 1.5 * 2^23 + the exponent's bias: adding it leaves n + 127 in the low bits.
  static constexpr double magic = 12582912.0 + 127.0;

  L biased, n;

  explicit TAUSCOPE_HD SplitExponent(L biased_exponent) : SplitExponent(biased_exponent, L(magic)) {}
  /// `added` is what the exponent was rounded by: the magic number, or an integer beyond it.
  TAUSCOPE_HD SplitExponent(L biased_exponent, L added)
      : biased(biased_exponent), n(biased_exponent - added) {}
  TAUSCOPE_HD L power() const { return power_from_bits(biased); }
};

/// u = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2).
template <class L>
struct NearOne {
  L inverse_power, exponent;  ///< 2^-k, k
};

/// x^n for n = 1, 2, 4, 8.
template <std::size_t n, class L>
TAUSCOPE_HD L power_of_two_of(L x) {
  if constexpr (n == 1) {
    return x;
  } else {
    const L half = power_of_two_of<n / 2>(x);
    return half * half;
  }
}

/// Whether a loop waits for a chain of operations more than for their number, as it does on a CPU.
template <class L>
inline constexpr bool waits_for_chains = true;

/// coefficients[0] + x coefficients[1] + …, in halves where chains are what counts.
template <std::size_t count, std::size_t first, class L, std::size_t size>
TAUSCOPE_HD L part_of_polynomial(L x, const std::array<float, size>& coefficients) {
  if constexpr (count == 1) {
    return L(static_cast<double>(coefficients[first]));
  } else {
    constexpr std::size_t half = waits_for_chains<L> ? std::bit_ceil(count) / 2 : 1;
    return multiply_add(part_of_polynomial<count - half, first + half>(x, coefficients),
                        power_of_two_of<half>(x), part_of_polynomial<half, first>(x, coefficients));
  }
}
template <class L, std::size_t size>
TAUSCOPE_HD L polynomial(L x, const std::array<float, size>& coefficients) {
  return part_of_polynomial<size, 0>(x, coefficients);
}

/// 2^f for |f| <= 1/2: minimax, 2e-9.
template <class L>
TAUSCOPE_HD L power_of_fraction(L f) {
  constexpr std::array<float, 7> terms = {1.0f,           0.693147206f,   0.240226469f,  5.55032878e-2f,
                                          9.61848892e-3f, 1.33999313e-3f, 1.53458205e-4f};
  return polynomial(f, terms);
}

/// (e^x - 1 - x)/x^2 for |x| <= 1/2: minimax, 3e-8.
template <class L>
TAUSCOPE_HD L single_exp_tail(L x) {
  constexpr std::array<float, 6> terms = {0.5f,           0.166666657f,   0.0416657962f,
                                          0.00833345205f, 0.00139819970f, 0.000198756286f};
  return polynomial(x, terms);
}

/// e^x; 0 below 2^-127, infinite where float is.
template <class L>
TAUSCOPE_HD L single_exp(L x) {
  constexpr float high = static_cast<float>(log2_e);
  const L rate(static_cast<double>(high)), rate_low(log2_e - static_cast<double>(high));
  const L clamped = smaller_of(larger_of(x, L(-88.0296919)), L(89.0));
  const SplitExponent<L> e(multiply_add(clamped, rate, L(SplitExponent<L>::magic)));
  const L f = multiply_add(clamped, rate_low, multiply_subtract(clamped, rate, e.n));
  return power_of_fraction(f) * e.power();
}

/// Both for x <= 0.
template <class L>
TAUSCOPE_HD ExpAndLessOne<L> single_exp_and_expm1(L x) {
  const L clamped = larger_of(x, L(-88.0296919));
  const SplitExponent<L> e(multiply_add(clamped, L(log2_e), L(SplitExponent<L>::magic)));
  const L r = multiply_add(e.n, L(2.12194440e-4), multiply_add(e.n, L(-0.693359375), clamped));
  const L part = multiply_add(r * r, single_exp_tail(r), r), power = e.power();
  return {multiply_add(power, part, power), multiply_add(power, part, power - L(1))};
}

/// log(1 + x) for x > -1, in relative terms: 2^k (1 + f) with f formed without rounding 1 + x, and log(1 +
/// f)/f minimax, 3e-8.
template <class L>
TAUSCOPE_HD L single_log1p(L x) {
  constexpr std::array<float, 9> terms = {1.0f,          -0.499999881f, 0.333341867f,
                                          -0.250020742f, 0.199568331f,  -0.165623933f,
                                          0.149522662f,  -0.143668428f, 0.0872235596f};
  const NearOne<L> u = split_near_one(x + L(1));
  const L f = multiply_add(x, u.inverse_power, u.inverse_power - L(1));
  return multiply_add(u.exponent, L(0.69314718056), f * polynomial(f, terms));
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
