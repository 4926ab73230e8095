// What a formula may use of its number type: float, double, long double, or a vector of lanes.
//
// The formulas in this folder are templates over the number type, so that one text serves the reference (long
// double), the CPU's vectors and device code. Like Highway's own headers they are included once per
// instruction set, into a namespace of its own, since a template takes its instruction set from where it is
// written; elsewhere (CUDA, plain C++) they are ordinary headers, in the namespace `portable`.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_NUMBER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_NUMBER_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_NUMBER_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_NUMBER_INL_H_
#endif

#include <cmath>
#include <type_traits>

#ifndef TAUSCOPE_FORMULAS_BEGIN
#if defined(__CUDACC__)
#define TAUSCOPE_HD __host__ __device__ inline
#elif defined(HWY_NAMESPACE)
#define TAUSCOPE_HD HWY_INLINE
#else
#define TAUSCOPE_HD inline
#endif

// What the lambda of a loop needs: to be compiled for the instruction set around it, and to be part of the
// loop, or its sums would go through memory.
#if defined(HWY_NAMESPACE) && (defined(__GNUC__) || defined(__clang__))
#define TAUSCOPE_LOOP HWY_ATTR __attribute__((always_inline))
#else
#define TAUSCOPE_LOOP
#endif

#ifdef HWY_NAMESPACE
#define TAUSCOPE_FORMULAS_BEGIN \
  HWY_BEFORE_NAMESPACE();       \
  namespace tauscope {          \
  namespace objectives {        \
  namespace HWY_NAMESPACE {
#define TAUSCOPE_FORMULAS_END \
  }                           \
  }                           \
  }                           \
  HWY_AFTER_NAMESPACE();      \
  static_assert(true, "takes the semicolon")
#else
#define TAUSCOPE_FORMULAS_BEGIN \
  namespace tauscope {          \
  namespace objectives {        \
  inline namespace portable {
#define TAUSCOPE_FORMULAS_END \
  }                           \
  }                           \
  }                           \
  static_assert(true, "takes the semicolon")
#endif
#endif  // TAUSCOPE_FORMULAS_BEGIN

TAUSCOPE_FORMULAS_BEGIN

template <class T>
using Scalar = std::enable_if_t<std::is_floating_point_v<T>, T>;

template <class T>
TAUSCOPE_HD Scalar<T> exp_of(T x) {
  return std::exp(x);
}
/// e^x for x <= 0, where that can be had for less.
template <class T>
TAUSCOPE_HD Scalar<T> exp_below_of(T x) {
  return std::exp(x);
}
template <class T>
TAUSCOPE_HD Scalar<T> expm1_of(T x) {
  return std::expm1(x);
}
/// Both, for x <= 0.
template <class R>
struct ExpAndLessOne {
  R exp, expm1;
};
template <class R>
TAUSCOPE_HD ExpAndLessOne<R> exp_and_expm1_of(R x) {
  return {exp_below_of(x), expm1_of(x)};
}
template <class T>
TAUSCOPE_HD Scalar<T> log1p_of(T x) {
  return std::log1p(x);
}
template <class T>
TAUSCOPE_HD Scalar<T> abs_of(T x) {
  return std::fabs(x);
}
template <class T>
TAUSCOPE_HD Scalar<T> multiply_add(T a, T b, T c) {
  return a * b + c;
}
/// `yes` where the condition holds. Both are computed: what is not chosen may be NaN.
template <class T>
TAUSCOPE_HD Scalar<T> select(bool condition, T yes, T no) {
  return condition ? yes : no;
}

/// Taylor terms that the series below takes for a number type: long double and double to their last digits,
/// lanes of the CPU to 2e-9, float to its own.
template <class R>
struct SeriesOrder {
  static constexpr int value = sizeof(R) == sizeof(float) ? 8 : 18;
};

template <class R>
constexpr double inverse_factorial_of(int n) {
  double product = 1;
  for (int i = 2; i <= n; ++i)
    product *= i;
  return 1 / product;
}

/// (e^x - 1 - x) / x^2 for |x| <= 1/2.
template <class R, int kTerm = 2>
TAUSCOPE_HD R exp_tail(R x) {
  constexpr double coefficient = inverse_factorial_of<R>(kTerm);
  if constexpr (kTerm == SeriesOrder<R>::value) {
    return R(coefficient);
  } else {
    return multiply_add(exp_tail<R, kTerm + 1>(x), x, R(coefficient));
  }
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
