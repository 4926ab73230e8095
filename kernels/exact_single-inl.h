// Vector pieces of the exact passes in float lanes. A Highway per-target header: include it after
// "hwy/foreach_target.h" and <hwy/highway.h>. Only for targets with a fused multiply-add.
#if defined(TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#undef TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#else
#define TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#endif

#include <hwy/highway.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "kernels/cpu_fast-inl.h"
#include "kernels/cpu_fast.h"
#include "kernels/exact_outside-inl.h"
#include "kernels/exact_passes.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact::single {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = fast::HWY_NAMESPACE::Floats;
using V = hn::Vec<D>;
using Exp = fast::HWY_NAMESPACE::ScaledExp;
using Outside = exact::HWY_NAMESPACE::OutsideMask<D>;

HWY_INLINE V constant(double x) {
  return hn::Set(D(), static_cast<float>(x));
}

/// A double as the sum of two floats.
struct Pair {
  V high, low;
  HWY_INLINE explicit Pair(double x) {
    high = constant(x);
    low = constant(x - static_cast<double>(static_cast<float>(x)));
  }
};

/// coefficients[0] + x (coefficients[1] + …).
template <std::size_t n, std::size_t at = 0>
HWY_INLINE V polynomial(V x, const std::array<float, n>& coefficients) {
  const V c = hn::Set(D(), coefficients[at]);
  if constexpr (at + 1 == n) {
    return c;
  } else {
    return hn::MulAdd(polynomial<n, at + 1>(x, coefficients), x, c);
  }
}

/// (e^x - 1 - x)/x^2 for |x| <= 1/2: minimax, 3e-8.
constexpr std::array<float, 6> near_terms = {0.5f,           0.166666657f,   0.0416657962f,
                                             0.00833345205f, 0.00139819970f, 0.000198756286f};

/// Logits less the row's largest: the nearest float, and what rounding to it lost (Knuth). Without the second
/// part an exponent of 20 would cost e^x a digit, and a difference of logits its low end.
struct Shifted {
  V value, tail;

  HWY_INLINE Shifted(V logits, V largest) {
    value = hn::Sub(logits, largest);
    const V minus_largest = hn::Sub(value, logits);
    tail = hn::Sub(hn::Sub(logits, hn::Sub(value, minus_largest)), hn::Add(largest, minus_largest));
  }
};

/// Delta = teacher - student, to float's relative precision.
HWY_INLINE V difference(const Shifted& t, const Shifted& s) {
  return hn::Add(hn::Sub(t.value, s.value), hn::Sub(t.tail, s.tail));
}

/// log(x) for positive normal x, to 3e-8 + float's rounding of the result.
HWY_INLINE V log_of_positive(V x) {
  constexpr std::array<float, 9> terms = {2.77563732e-8f, 0.999999762f, -0.500009179f,
                                          0.333365828f,   -0.24953711f, 0.198641464f,
                                          -0.173710287f,  0.164812386f, -0.100799225f};
  const D d;
  const hn::Rebind<std::int32_t, D> di;
  // Moving the bits so that sqrt(1/2) lands on a power of two makes the exponent field that of [sqrt(1/2),
  // sqrt(2)).
  constexpr std::int32_t one = 0x3F800000, sqrt_half = 0x3F3504F3;
  const auto bits = hn::Add(hn::BitCast(di, x), hn::Set(di, one - sqrt_half));
  const V k = hn::ConvertTo(d, hn::Sub(hn::ShiftRight<23>(bits), hn::Set(di, 127)));
  const V m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(di, 0x007FFFFF)), hn::Set(di, sqrt_half)));
  return hn::MulAdd(k, constant(0.693147180559945309417), polynomial(hn::Sub(m, constant(1)), terms));
}

/// Running sums of vectors: float within a block, double between blocks; lane by lane, in a fixed order.
template <std::size_t n>
class LaneSums {
 public:
  HWY_INLINE void add(std::size_t sum, V v) {
    const D d;
    HWY_ALIGN float lanes[hn::MaxLanes(d)];
    hn::Store(v, d, lanes);
    for (std::size_t k = 0; k < hn::Lanes(d); ++k)
      total_[sum][k] += static_cast<double>(lanes[k]);
  }
  double total(std::size_t sum) const {
    double result = 0;
    for (const double lane : total_[sum])
      result += lane;
    return result;
  }

 private:
  alignas(64) double total_[n][hn::MaxLanes(D())] = {};
};

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact::single
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
