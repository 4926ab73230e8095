// Vector pieces of the exact passes in float lanes. A Highway per-target header: include it after
// "hwy/foreach_target.h" and <hwy/highway.h>. Only for targets with a fused multiply-add.
#if defined(TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#undef TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#else
#define TAUSCOPE_KERNELS_EXACT_SINGLE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
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

/// exp(x / tau) for x <= 0, exactly 0 below 2^-125. With log2(e) / tau = high + low and x / tau = n + f in
/// units of it, f is reduced by fused operations, so that a large exponent costs no digits.
class ShiftedExp {
 public:
  HWY_INLINE explicit ShiftedExp(double inverse_tau) {
    const fast::SplitRate rate = fast::split_rate(1 / inverse_tau);
    high_ = hn::Set(D(), rate.high);
    low_ = hn::Set(D(), rate.low);
    lowest_ = hn::Set(D(), -125.0F / rate.high);
  }

  HWY_INLINE V operator()(const Shifted& x) const {
    const D d;
    const hn::Rebind<std::uint32_t, D> bits;
    const V magic = constant(12582912.0);  // 1.5 * 2^23: adding it leaves n in the low bits
    const V shifted = hn::MulAdd(x.value, high_, magic), n = hn::Sub(shifted, magic);
    const V f = hn::MulAdd(x.tail, high_, hn::MulAdd(x.value, low_, hn::MulSub(x.value, high_, n)));
    const auto power = hn::ShiftLeft<23>(hn::BitCast(bits, shifted));
    const auto e = hn::Add(hn::BitCast(bits, fast::HWY_NAMESPACE::exp2_near_zero(f)), power);
    return hn::IfThenElseZero(hn::Ge(x.value, lowest_), hn::BitCast(d, e));
  }

 private:
  V high_, low_, lowest_;
};

/// Delta = teacher - student, to float's relative precision.
HWY_INLINE V difference_of(const Shifted& t, const Shifted& s) {
  return hn::Add(hn::Sub(t.value, s.value), hn::Sub(t.tail, s.tail));
}

/// The same from the logits themselves: with what rounding takes from their difference, less the difference
/// of the largest as two floats.
class Difference {
 public:
  HWY_INLINE explicit Difference(const Shifts& shifts) : offset_(shifts.max_t - shifts.max_s) {}

  HWY_INLINE V operator()(V teacher, V student) const {
    const V rounded = hn::Sub(teacher, student), back = hn::Sub(rounded, teacher);
    const V lost = hn::Sub(hn::Sub(teacher, hn::Sub(rounded, back)), hn::Add(student, back));
    return hn::Add(hn::Sub(rounded, offset_.high), hn::Sub(lost, offset_.low));
  }

 private:
  Pair offset_;
};

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

/// A row block by block: where it lies, or copied where something must be left out of it.
class Blocks {
 public:
  static constexpr std::size_t vectors_of_one = 64;  // additions to a float lane before it is emptied

  HWY_INLINE explicit Blocks(const Segment& segment) : segment_(segment) {}

  /// The block that begins at token `begin`.
  HWY_INLINE void move_to(std::size_t begin) {
    const std::size_t lanes = hn::Lanes(D()), whole = vectors_of_one * lanes;
    const std::size_t count = std::min(segment_.size - begin, whole);
    vectors = (count + lanes - 1) / lanes;
    teacher = segment_.teacher + begin;
    student = segment_.student + begin;
    const auto inside = [&](std::size_t token) { return token - begin < count; };
    const bool plain = std::none_of(segment_.left_out.begin(), segment_.left_out.end(), inside);
    if (plain && count % lanes == 0) return;
    copy(teacher, begin, count, teacher_copy_);
    copy(student, begin, count, student_copy_);
    teacher = teacher_copy_;
    student = student_copy_;
  }

  const float *teacher = nullptr, *student = nullptr;
  std::size_t vectors = 0;

 private:
  void copy(const float* from, std::size_t begin, std::size_t count, float* to) const {
    std::copy(from, from + count, to);
    std::fill(to + count, to + vectors * hn::Lanes(D()), masked_logit);
    for (const std::size_t token : segment_.left_out) {
      if (token - begin < count) to[token - begin] = masked_logit;
    }
  }

  const Segment& segment_;
  alignas(64) float teacher_copy_[vectors_of_one * hn::MaxLanes(D())];
  alignas(64) float student_copy_[vectors_of_one * hn::MaxLanes(D())];
};

/// What the second pass needs to know of one temperature.
struct Scales {
  V p, q, half;
  Pair log_ratio, rate, mean;

  HWY_INLINE Scales(const Shifts& shifts, const Normalisation& norm)
      : log_ratio(norm.log_ratio), rate(shifts.inverse_tau), mean(norm.mean_delta + shifts.centre) {
    p = constant(norm.p_scale);
    q = constant(norm.q_scale);
    half = constant(0.5);
  }
};

/// One vector of tokens: the forms of exact_terms-inl.h.
struct ForwardTerms {
  V p, q, t, far_u, near_fkl, u;
  hn::Mask<D> near;

  HWY_INLINE ForwardTerms(V e_t, V e_s, V delta, const Scales& c) {
    p = hn::Mul(e_t, c.p);
    q = hn::Mul(e_s, c.q);
    t = hn::Add(hn::NegMulAdd(delta, c.rate.high, c.log_ratio.high),
                hn::NegMulAdd(delta, c.rate.low, c.log_ratio.low));
    near = hn::Lt(hn::Abs(t), c.half);
    const V pt = hn::Mul(p, t);
    near_fkl = hn::Mul(hn::Mul(pt, t), polynomial(t, near_terms));
    far_u = hn::Sub(q, p);
    u = hn::IfThenElse(near, hn::Add(pt, near_fkl), far_u);
  }
};

HWY_INLINE V reverse_gradient(V e_s, V delta, const Scales& c) {
  const V q = hn::Mul(e_s, c.q);
  return hn::Mul(hn::Mul(q, c.rate.high), hn::Add(hn::Sub(c.mean.high, delta), c.mean.low));
}

/// Jensen-Shannon terms, with x = t/2: m (x tanh x - log cosh x), m the mean: a series in x^2 where t is
/// small, else m (ln 2 + log c - |t| (1 - c)) with c = max(p, q)/(p + q).
HWY_INLINE V mixture(V p, V q, V t, hn::Mask<D> near) {
  constexpr std::array<float, 5> terms = {0.25f, -0.125f, 1.0f / 18, -17.0f / 720, 31.0f / 3150};
  const V sum = hn::Add(p, q), size = hn::Abs(t), x2 = hn::Mul(hn::Mul(size, size), constant(0.25));
  const V inverse = hn::Div(constant(1), hn::Max(sum, constant(1e-37)));
  const V c = hn::Mul(hn::Max(p, q), inverse), spread = hn::Mul(size, hn::Mul(hn::Min(p, q), inverse));
  const V log_2c = log_of_positive(hn::Max(hn::Add(c, c), constant(1)));
  return hn::Mul(sum, hn::IfThenElse(near, hn::Mul(x2, polynomial(x2, terms)),
                                     hn::Mul(constant(0.5), hn::Sub(log_2c, spread))));
}

/// |g| log|g|.
HWY_INLINE V x_log_x(V x) {
  return hn::Mul(x, log_of_positive(hn::Max(x, constant(1.2e-38))));
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact::single
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
