// A vector that formulas can calculate with, of float or double.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_LANES_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_LANES_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/objectives/number-inl.h"
#include "kernels/objectives/row_task.h"

TAUSCOPE_FORMULAS_BEGIN

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct Lanes {
  using Tag = hn::CappedTag<T, row_padding>;
  hn::Vec<Tag> v;

  HWY_INLINE Lanes() : v(hn::Zero(Tag())) {}
  HWY_INLINE explicit Lanes(hn::Vec<Tag> x) : v(x) {}
  HWY_INLINE explicit Lanes(double x) : v(hn::Set(Tag(), static_cast<T>(x))) {}
};
template <class T>
struct LanesCondition {
  hn::Mask<typename Lanes<T>::Tag> m;
};

template <class T>
HWY_INLINE Lanes<T> operator+(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Add(a.v, b.v));
}
template <class T>
HWY_INLINE Lanes<T> operator-(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Sub(a.v, b.v));
}
template <class T>
HWY_INLINE Lanes<T> operator*(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Mul(a.v, b.v));
}
template <class T>
HWY_INLINE Lanes<T> operator/(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Div(a.v, b.v));
}
template <class T>
HWY_INLINE LanesCondition<T> operator<(Lanes<T> a, Lanes<T> b) {
  return {hn::Lt(a.v, b.v)};
}
template <class T>
HWY_INLINE LanesCondition<T> operator>(Lanes<T> a, Lanes<T> b) {
  return {hn::Gt(a.v, b.v)};
}
template <class T>
HWY_INLINE LanesCondition<T> operator>=(Lanes<T> a, Lanes<T> b) {
  return {hn::Ge(a.v, b.v)};
}
template <class T>
HWY_INLINE LanesCondition<T> operator|(LanesCondition<T> a, LanesCondition<T> b) {
  return {hn::Or(a.m, b.m)};
}

template <class T>
HWY_INLINE Lanes<T> select(LanesCondition<T> c, Lanes<T> yes, Lanes<T> no) {
  return Lanes<T>(hn::IfThenElse(c.m, yes.v, no.v));
}
template <class T>
HWY_INLINE Lanes<T> abs_of(Lanes<T> a) {
  return Lanes<T>(hn::Abs(a.v));
}
template <class T>
HWY_INLINE Lanes<T> multiply_add(Lanes<T> a, Lanes<T> b, Lanes<T> c) {
  return Lanes<T>(hn::MulAdd(a.v, b.v, c.v));
}
template <class T>
HWY_INLINE Lanes<T> multiply_subtract(Lanes<T> a, Lanes<T> b, Lanes<T> c) {
  return Lanes<T>(hn::MulSub(a.v, b.v, c.v));
}
template <class T>
HWY_INLINE Lanes<T> larger_of(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Max(a.v, b.v));
}
template <class T>
HWY_INLINE Lanes<T> smaller_of(Lanes<T> a, Lanes<T> b) {
  return Lanes<T>(hn::Min(a.v, b.v));
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
