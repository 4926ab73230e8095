// Vectors of double for the formulas, and rows of them.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_DOUBLE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_DOUBLE_LANES_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_DOUBLE_LANES_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_DOUBLE_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/objectives/frame-inl.h"
#include "kernels/objectives/lanes-inl.h"
#include "kernels/vector_math-inl.h"

TAUSCOPE_FORMULAS_BEGIN

namespace vm = tauscope::HWY_NAMESPACE;

using DoubleLanes = Lanes<double>;
using DoubleTag = DoubleLanes::Tag;
using DoubleVector = hn::Vec<DoubleTag>;

template <>
struct SeriesOrder<DoubleLanes> {
  static constexpr int value = 9;
};

HWY_INLINE DoubleLanes exp_of(DoubleLanes a) {
  return DoubleLanes(vm::Exp(DoubleTag(), a.v));
}
/// 0 below the normal range; 1e-11.
HWY_INLINE DoubleLanes exp_below_of(DoubleLanes x) {
  const DoubleTag d;
  const hn::RebindToUnsigned<DoubleTag> du;
  const DoubleVector lowest = hn::Set(d, -708.0), magic = hn::Set(d, 0x1.8p52);
  const DoubleVector clamped = hn::Max(x.v, lowest);
  // Adding the magic number rounds to an integer, kept in the low bits.
  const DoubleVector shifted = hn::MulAdd(clamped, hn::Set(d, 1.44269504088896340736), magic);
  const DoubleVector n = hn::Sub(shifted, magic);
  const DoubleVector r = hn::NegMulAdd(n, hn::Set(d, 1.42860682030941723212e-6),
                                       hn::NegMulAdd(n, hn::Set(d, 0.693145751953125), clamped));
  const DoubleVector tail = exp_tail(DoubleLanes(r)).v;
  const DoubleVector e = hn::MulAdd(hn::Mul(r, r), tail, hn::Add(r, hn::Set(d, 1.0)));
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(du, shifted));
  const DoubleVector result = hn::BitCast(d, hn::Add(hn::BitCast(du, e), exponent));
  return DoubleLanes(hn::IfThenElseZero(hn::Ge(x.v, lowest), result));
}
// To the last digits: the logarithm of a mixture with little of one side is a difference of these.
HWY_INLINE DoubleLanes expm1_of(DoubleLanes a) {
  return DoubleLanes(vm::Expm1(DoubleTag(), a.v));
}
HWY_INLINE DoubleLanes log1p_of(DoubleLanes a) {
  return DoubleLanes(vm::Log1p(DoubleTag(), a.v));
}

struct DoubleOps {
  using Real = double;
  using Stored = double;
  using Lanes = DoubleLanes;
  using Frame = FrameOf<DoubleLanes, double>;
  using Exp = Exponential<DoubleLanes>;
  using Difference = DifferenceOf<DoubleLanes>;
  using Precise = DoubleOps;
  static constexpr std::size_t lanes = hn::MaxLanes(DoubleTag()), block = std::size_t(-1);
  static constexpr double rounding = 0;
  struct Sum {
    DoubleLanes value;
    HWY_INLINE Sum() : value(0.0) {}
    HWY_INLINE void add(DoubleLanes x) { value = value + x; }
    HWY_INLINE void flush() {}
    HWY_INLINE double total() const { return sum(value); }
  };
  static HWY_INLINE DoubleLanes load(const float* p) {
    const hn::Rebind<float, DoubleTag> df;
    return DoubleLanes(hn::PromoteTo(DoubleTag(), hn::LoadU(df, p)));
  }
  static HWY_INLINE DoubleLanes load_stored(const double* p) {
    return DoubleLanes(hn::LoadU(DoubleTag(), p));
  }
  static HWY_INLINE void store(DoubleLanes x, double* p) { hn::StoreU(x.v, DoubleTag(), p); }
  static HWY_INLINE double sum(DoubleLanes x) {
    double values[hn::MaxLanes(DoubleTag())], total = 0;
    hn::StoreU(x.v, DoubleTag(), values);
    for (const double value : values)
      total += value;
    return total;
  }
  static HWY_INLINE DoubleLanes index(std::size_t i) {
    return DoubleLanes(hn::Iota(DoubleTag(), static_cast<double>(i)));
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
