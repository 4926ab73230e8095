// Vector pieces of the fast kernels: logits of any type as floats, and an exponential for x <= 0.
#if defined(TAUSCOPE_KERNELS_CPU_FAST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_CPU_FAST_INL_H_
#undef TAUSCOPE_KERNELS_CPU_FAST_INL_H_
#else
#define TAUSCOPE_KERNELS_CPU_FAST_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/logits_view.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace fast {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

/// Reads Lanes(Floats) logits of one type from any address.
template <DType kType>
struct Reader;

template <>
struct Reader<DType::float32> {
  using Element = float;
  static FloatVector load(const Element* p) { return hn::LoadU(Floats(), p); }
};

template <>
struct Reader<DType::float16> {
  using Element = std::uint16_t;
  static FloatVector load(const Element* p) {
    const hn::Rebind<hwy::float16_t, Floats> dh;
    const hn::Rebind<std::uint16_t, Floats> du;
    return hn::PromoteTo(Floats(), hn::BitCast(dh, hn::LoadU(du, p)));
  }
};

template <>
struct Reader<DType::bfloat16> {
  using Element = std::uint16_t;
  static FloatVector load(const Element* p) {
    const hn::Rebind<std::uint16_t, Floats> du;
    const hn::Rebind<std::uint32_t, Floats> dw;
    return hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::PromoteTo(dw, hn::LoadU(du, p))));
  }
};

/// Calls visit(vector, i) for the logits first + i, … of [first, first + count); the last, partial vector is
/// padded with copies of `first`'s logit, which changes no maximum and hides no NaN.
template <DType kType, class Visit>
HWY_INLINE void for_each_vector(const void* data, std::size_t first, std::size_t count, const Visit& visit) {
  using Element = typename Reader<kType>::Element;
  const Element* p = static_cast<const Element*>(data) + first;
  const std::size_t lanes = hn::Lanes(Floats());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    visit(Reader<kType>::load(p + i), i);
  if (i < count) {
    Element padded[hn::MaxLanes(Floats())];
    for (std::size_t k = 0; k < lanes; ++k)
      padded[k] = i + k < count ? p[i + k] : p[0];
    visit(Reader<kType>::load(padded), i);
  }
}

/// The same, for a type known at run time.
template <class Visit>
HWY_INLINE void for_each_vector(DType type, const void* data, std::size_t first, std::size_t count,
                                const Visit& visit) {
  switch (type) {
    case DType::float32:
      return for_each_vector<DType::float32>(data, first, count, visit);
    case DType::float16:
      return for_each_vector<DType::float16>(data, first, count, visit);
    case DType::bfloat16:
      return for_each_vector<DType::bfloat16>(data, first, count, visit);
  }
}

/// Stands for -inf, so that no inf - inf arises; its exponential is 0.
constexpr float masked_logit = -1e30f;

/// Logits of [first, first + count) less `shift`, and masked_logit behind them. Returns the number of
/// vectors.
HWY_INLINE std::size_t shift_block(DType type, const void* data, std::size_t first, std::size_t count,
                                   float shift, float* out) {
  const Floats d;
  const FloatVector lowest = hn::Set(d, masked_logit), offset = hn::Set(d, shift);
  for_each_vector(type, data, first, count, [&](FloatVector x, std::size_t i) HWY_ATTR {
    hn::Store(hn::Max(hn::Sub(x, offset), lowest), d, out + i);
  });
  const std::size_t lanes = hn::Lanes(d), vectors = (count + lanes - 1) / lanes;
  for (std::size_t i = count; i < vectors * lanes; ++i)
    out[i] = masked_logit;
  return vectors;
}

/// Sum of the lanes in double, in a fixed order.
HWY_INLINE double total(FloatVector v) {
  const Floats d;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  double sum = 0;
  for (std::size_t k = 0; k < hn::Lanes(d); ++k)
    sum += double(lanes[k]);
  return sum;
}

/// Copies a block to its place; `stream`: past the cache, from the first address on that a vector may be
/// stored to.
HWY_INLINE void copy_out(const float* from, float* to, std::size_t count, bool stream) {
  if (!stream) {
    std::copy(from, from + count, to);
    return;
  }
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(to) / sizeof(float) % lanes;
  std::size_t i = std::min(count, (lanes - past) % lanes);
  std::copy(from, from + i, to);
  for (; i + lanes <= count; i += lanes)
    hn::Stream(hn::LoadU(d, from + i), d, to + i);
  std::copy(from + i, from + count, to + i);
}

/// 2^f for |f| <= 1/2: minimax of degree 6, 2e-9.
HWY_INLINE FloatVector exp2_near_zero(FloatVector f) {
  const Floats d;
  FloatVector y = hn::Set(d, 1.53458205e-4f);
  y = hn::MulAdd(y, f, hn::Set(d, 1.33999313e-3f));
  y = hn::MulAdd(y, f, hn::Set(d, 9.61848892e-3f));
  y = hn::MulAdd(y, f, hn::Set(d, 5.55032878e-2f));
  y = hn::MulAdd(y, f, hn::Set(d, 0.240226469f));
  y = hn::MulAdd(y, f, hn::Set(d, 0.693147206f));
  return hn::MulAdd(y, f, hn::Set(d, 1.0f));
}

/// exp(x / tau) for x <= 0 with log2(e) / tau = high + low; exactly 0 below 2^-127. x / tau is never rounded:
/// with t = n + f, f = fma(x, high, -n) + x low keeps all digits where n is large.
struct ScaledExp {
  FloatVector high, low, lowest;

  explicit ScaledExp(const SplitRate& rate)
      : high(hn::Set(Floats(), rate.high)),
        low(hn::Set(Floats(), rate.low)),
        lowest(hn::Set(Floats(), -127.0f / rate.high)) {}

  HWY_INLINE FloatVector operator()(FloatVector x) const {
    x = hn::Max(x, lowest);
    const FloatVector biased = hn::MulAdd(x, high, magic()), n = hn::Sub(biased, magic());
    return assemble(biased, hn::MulAdd(x, low, hn::MulSub(x, high, n)));
  }

  /// exp((x + tail) / tau), tail being what rounding x lost.
  HWY_INLINE FloatVector operator()(FloatVector x, FloatVector tail) const {
    x = hn::Max(x, lowest);
    const FloatVector biased = hn::MulAdd(x, high, magic()), n = hn::Sub(biased, magic());
    return assemble(biased, hn::MulAdd(tail, high, hn::MulAdd(x, low, hn::MulSub(x, high, n))));
  }

 private:
  /// 1.5 * 2^23 + the exponent's bias: adding it leaves n + 127 in the low bits.
  static HWY_INLINE FloatVector magic() { return hn::Set(Floats(), 12582912.0f + 127.0f); }

  /// 2^n 2^f.
  static HWY_INLINE FloatVector assemble(FloatVector biased, FloatVector f) {
    const Floats d;
    const hn::Rebind<std::uint32_t, Floats> du;
    return hn::Mul(exp2_near_zero(f), hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(du, biased))));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fast
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
