// exp, expm1, log and log1p for vectors of float or double, within about 2 units in the last place.
//
// A Highway per-target header: include it after "hwy/foreach_target.h" and <hwy/highway.h>. `D` is a tag of
// float or double lanes. NaN in gives NaN out; overflow gives +inf, underflow goes through the subnormals to
// 0 (unless the thread flushes them). Method: exp by x = n ln 2 + r and the Taylor series of r in [-ln2/2,
// ln2/2]; log by x = 2^k m, m in [sqrt(1/2), sqrt(2)), and 2 atanh(f / (2 + f)), f = m - 1.
#if defined(TAUSCOPE_KERNELS_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_VECTOR_MATH_INL_H_
#undef TAUSCOPE_KERNELS_VECTOR_MATH_INL_H_
#else
#define TAUSCOPE_KERNELS_VECTOR_MATH_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
struct MathConstants;

template <>
struct MathConstants<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23, exponent_bias = 127;
  static constexpr float magic =
      12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
  static constexpr float ln2_high = 0.693359375f,
                         ln2_low = -2.12194440e-4f;  // high part: 9 bits, so n * high is exact
  static constexpr float exp_low = -104.0f, exp_high = 89.0f, expm1_low = -87.0f;
  static constexpr Bits one = 0x3F800000u, sqrt_half = 0x3F3504F3u, mantissa = 0x007FFFFFu,
                        integer = 0x4B000000u;
  static constexpr float integer_base = 8388608.0f;  // 2^23, the value of the bits `integer`
  static constexpr int exp_degree = 7, log_terms = 4;
};

template <>
struct MathConstants<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52, exponent_bias = 1023;
  static constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  static constexpr double ln2_high = 0.693145751953125, ln2_low = 1.42860682030941723212e-6;
  static constexpr double exp_low = -746.0, exp_high = 710.0, expm1_low = -708.0;
  static constexpr Bits one = 0x3FF0000000000000u, sqrt_half = 0x3FE6A09E667F3BCDu,
                        mantissa = 0x000FFFFFFFFFFFFFu, integer = 0x4330000000000000u;
  static constexpr double integer_base = 4503599627370496.0;  // 2^52
  static constexpr int exp_degree = 13, log_terms = 10;
};

/// 2^n for lanes that hold integers with 2^n normal.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V power_of_two(D d, V n) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  const hn::Rebind<typename C::Bits, D> du;
  const V biased = hn::Add(n, hn::Set(d, C::magic + T(C::exponent_bias)));
  return hn::BitCast(d, hn::ShiftLeft<C::mantissa_bits>(hn::BitCast(du, biased)));
}

/// Coefficient 1 / (k + 2)! of the series below, k = 0, 1, …
template <typename T>
constexpr T inverse_factorial(int n) {
  T product = 1;
  for (int i = 2; i <= n; ++i)
    product *= T(i);
  return T(1) / product;
}

/// e^r - 1 - r = r^2 (1/2! + r/3! + …) for |r| <= ln(2) / 2.
template <int kTerm, class D, class V = hn::Vec<D>>
HWY_INLINE V exp_series(D d, V r) {
  using T = hn::TFromD<D>;
  const V coefficient = hn::Set(d, inverse_factorial<T>(kTerm));
  if constexpr (kTerm == MathConstants<T>::exp_degree) {
    return coefficient;
  } else {
    return hn::MulAdd(exp_series<kTerm + 1>(d, r), r, coefficient);
  }
}

template <class D, class V = hn::Vec<D>>
struct ExpParts {
  V n;      ///< integer
  V expm1;  ///< e^r - 1
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE ExpParts<D> reduce_exp(D d, V x) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  const V magic = hn::Set(d, C::magic);
  const V n = hn::Sub(hn::MulAdd(x, hn::Set(d, T(1.44269504088896340736)), magic), magic);
  const V r = hn::NegMulAdd(n, hn::Set(d, C::ln2_low), hn::NegMulAdd(n, hn::Set(d, C::ln2_high), x));
  return {n, hn::MulAdd(hn::Mul(r, r), exp_series<2>(d, r), r)};
}

/// e^x. Clamping keeps NaN because Min and Max return their second operand where one is NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Exp(D d, V x) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  const V clamped = hn::Max(hn::Set(d, C::exp_low), hn::Min(hn::Set(d, C::exp_high), x));
  const ExpParts<D> parts = reduce_exp(d, clamped);
  // 2^n in two factors, so that neither leaves the normal range: the second one makes subnormal and infinite
  // results.
  const V lowest = hn::Set(d, T(1 - C::exponent_bias)), highest = hn::Set(d, T(C::exponent_bias));
  const V first = hn::Max(lowest, hn::Min(highest, parts.n));
  const V significand = hn::Add(parts.expm1, hn::Set(d, T(1)));
  const V result =
      hn::Mul(hn::Mul(significand, power_of_two(d, first)), power_of_two(d, hn::Sub(parts.n, first)));
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

/// e^x - 1, precise where x is near 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Expm1(D d, V x) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  const V clamped = hn::Max(hn::Set(d, C::expm1_low), hn::Min(hn::Set(d, C::exp_high), x));
  const ExpParts<D> parts = reduce_exp(d, clamped);
  const V first = hn::Min(hn::Set(d, T(C::exponent_bias)), parts.n);
  const V scale = power_of_two(d, first);
  const V result = hn::Mul(hn::MulAdd(scale, parts.expm1, hn::Sub(scale, hn::Set(d, T(1)))),
                           power_of_two(d, hn::Sub(parts.n, first)));
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

/// s2 (2/3 + s2 (2/5 + …)): 2 atanh(s) / s - 2.
template <int kTerm, class D, class V = hn::Vec<D>>
HWY_INLINE V atanh_series(D d, V s2) {
  using T = hn::TFromD<D>;
  const V coefficient = hn::Set(d, T(2) / T(2 * kTerm + 1));
  if constexpr (kTerm == MathConstants<T>::log_terms) {
    return hn::Mul(s2, coefficient);
  } else {
    return hn::Mul(s2, hn::Add(atanh_series<kTerm + 1>(d, s2), coefficient));
  }
}

/// log(x) + correction for positive, finite, normal x; the correction is added where it costs no digits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_of_normal(D d, V x, V correction) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  const hn::Rebind<typename C::Bits, D> du;
  // Moving the bits so that sqrt(1/2) lands on a power of two makes the exponent field k + bias.
  const auto bits = hn::Add(hn::BitCast(du, x), hn::Set(du, C::one - C::sqrt_half));
  const auto field = hn::Or(hn::ShiftRight<C::mantissa_bits>(bits), hn::Set(du, C::integer));
  const V k = hn::Sub(hn::BitCast(d, field), hn::Set(d, C::integer_base + T(C::exponent_bias)));
  const V m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(du, C::mantissa)), hn::Set(du, C::sqrt_half)));
  const V f = hn::Sub(m, hn::Set(d, T(1)));
  const V s = hn::Div(f, hn::Add(f, hn::Set(d, T(2))));
  const V half_square = hn::Mul(hn::Mul(f, f), hn::Set(d, T(0.5)));
  // 2 atanh(s) = f - f^2/2 + s (f^2/2 + series): the leading term f is exact.
  const V series = atanh_series<1>(d, hn::Mul(s, s));
  const V small =
      hn::MulAdd(k, hn::Set(d, C::ln2_low),
                 hn::Add(hn::Sub(hn::Mul(s, hn::Add(half_square, series)), half_square), correction));
  return hn::MulAdd(k, hn::Set(d, C::ln2_high), hn::Add(f, small));
}

/// Puts log's special values in: x = 0, +inf, negative or NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_special(D d, V x, V result) {
  using T = hn::TFromD<D>;
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const V zero = hn::Zero(d);
  result = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), result);
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  return hn::IfThenElse(hn::Ge(x, zero), result, hn::Set(d, std::numeric_limits<T>::quiet_NaN()));
}

/// Natural logarithm.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log(D d, V x) {
  using T = hn::TFromD<D>;
  using C = MathConstants<T>;
  // Subnormal x: scaled up by 2^mantissa_bits, and the logarithm of that comes off again.
  const auto subnormal = hn::Lt(x, hn::Set(d, std::numeric_limits<T>::min()));
  const V scaled = hn::Mul(x, hn::Set(d, T(std::uint64_t{1} << C::mantissa_bits)));
  const V result = log_of_normal(d, hn::IfThenElse(subnormal, scaled, x), hn::Zero(d));
  const V ln2 = hn::Set(d, T(0.693147180559945309417));
  const V shifted = hn::NegMulAdd(hn::Set(d, T(C::mantissa_bits)), ln2, result);
  return log_special(d, x, hn::IfThenElse(subnormal, shifted, result));
}

/// log(1 + x), precise where x is near 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log1p(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, T(1));
  const V u = hn::Add(x, one);
  // What rounding 1 + x lost; (x - (u - 1)) / u is its share of the logarithm.
  const V lost = hn::Sub(x, hn::Sub(u, one));
  return log_special(d, u, log_of_normal(d, u, hn::Div(lost, u)));
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
