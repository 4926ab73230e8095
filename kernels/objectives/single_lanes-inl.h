// Vectors of float for the formulas, and rows of them. Only for targets with a fused multiply-add.
//
// What keeps float exact enough: exponents and log-ratios are formed from the logits themselves with rates
// and offsets of two floats, so that neither a large exponent nor an offset between the sides costs digits;
// sums leave the float lanes every few dozen additions.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "kernels/objectives/double_lanes-inl.h"

TAUSCOPE_FORMULAS_BEGIN

using SingleTag = hn::CappedTag<float, row_padding>;
using SingleVector = hn::Vec<SingleTag>;
using SingleMask = hn::Mask<SingleTag>;

struct SingleLanes {
  SingleVector v;

  HWY_INLINE SingleLanes() : v(hn::Zero(SingleTag())) {}
  HWY_INLINE explicit SingleLanes(SingleVector x) : v(x) {}
  HWY_INLINE explicit SingleLanes(double x) : v(hn::Set(SingleTag(), static_cast<float>(x))) {}
};
struct SingleCondition {
  SingleMask m;
};

HWY_INLINE SingleLanes operator+(SingleLanes a, SingleLanes b) {
  return SingleLanes(hn::Add(a.v, b.v));
}
HWY_INLINE SingleLanes operator-(SingleLanes a, SingleLanes b) {
  return SingleLanes(hn::Sub(a.v, b.v));
}
HWY_INLINE SingleLanes operator*(SingleLanes a, SingleLanes b) {
  return SingleLanes(hn::Mul(a.v, b.v));
}
HWY_INLINE SingleLanes operator/(SingleLanes a, SingleLanes b) {
  return SingleLanes(hn::Div(a.v, b.v));
}
HWY_INLINE SingleCondition operator<(SingleLanes a, SingleLanes b) {
  return {hn::Lt(a.v, b.v)};
}
HWY_INLINE SingleCondition operator>(SingleLanes a, SingleLanes b) {
  return {hn::Gt(a.v, b.v)};
}
HWY_INLINE SingleCondition operator>=(SingleLanes a, SingleLanes b) {
  return {hn::Ge(a.v, b.v)};
}
HWY_INLINE SingleCondition operator|(SingleCondition a, SingleCondition b) {
  return {hn::Or(a.m, b.m)};
}

HWY_INLINE SingleLanes select(SingleCondition c, SingleLanes yes, SingleLanes no) {
  return SingleLanes(hn::IfThenElse(c.m, yes.v, no.v));
}
HWY_INLINE SingleLanes abs_of(SingleLanes a) {
  return SingleLanes(hn::Abs(a.v));
}
HWY_INLINE SingleLanes multiply_add(SingleLanes a, SingleLanes b, SingleLanes c) {
  return SingleLanes(hn::MulAdd(a.v, b.v, c.v));
}
/// a * b rounded by itself, whatever stands around it.
HWY_INLINE SingleLanes product_of(SingleLanes a, SingleLanes b) {
  return multiply_add(a, b, SingleLanes());
}

/// The nearest multiples of 1 that exponents of 2 are split at: n in the low bits of `biased`.
struct SplitExponent {
  SingleVector biased, n;

  HWY_INLINE explicit SplitExponent(SingleVector biased_exponent)
      : biased(biased_exponent), n(hn::Sub(biased_exponent, magic())) {}
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

/// 2^(z rate + offset), the exponent formed from z without rounding it; 0 below 2^-127.
struct PowerOfLogit {
  TwoFloats rate, offset;
  SingleLanes lowest;

  HWY_INLINE PowerOfLogit(double rate_by, double offset_by)
      : rate(rate_by), offset(TwoFloats::on_grid(offset_by)), lowest((-127 - offset_by) / rate_by) {}

  HWY_INLINE SingleLanes operator()(SingleLanes logit) const {
    const SingleVector z = hn::Max(logit.v, lowest.v);
    const SplitExponent e(hn::Add(hn::MulAdd(z, rate.high.v, offset.high.v), SplitExponent::magic()));
    const SingleVector f = hn::Add(hn::MulAdd(z, rate.high.v, hn::Sub(offset.high.v, e.n)),
                                   hn::MulAdd(z, rate.low.v, offset.low.v));
    return SingleLanes(hn::Mul(power_of_fraction(f), e.power()));
  }
};

/// exp((z - shift) scale)
class SingleExp {
 public:
  SingleExp(double shift, double scale)
      : power_(log2_e * scale, -shift * (log2_e * scale)), shift_(shift), scale_(scale) {}
  HWY_INLINE SingleLanes operator()(SingleLanes logit) const { return power_(logit); }
  /// The exponent rounded to float.
  HWY_INLINE SingleLanes exponent(SingleLanes logit) const { return (logit - shift_) * scale_; }

 private:
  PowerOfLogit power_;
  SingleLanes shift_, scale_;
};

/// log p, as what raises p to the power that a formula wants.
struct PreparedPower {
  SingleLanes z;
  const PowerOfLogit& power;
};
template <>
struct LogOf<SingleLanes> {
  using type = PreparedPower;
};
HWY_INLINE SingleLanes p_power(const Token<SingleLanes>& k, double) {
  return k.log_p.power(k.log_p.z);
}
HWY_INLINE SingleLanes q_power(const Token<SingleLanes>& k, double) {
  return k.log_q.power(k.log_q.z);
}
/// From the side that is the larger one: q^(a + b) e^(-a t) or p^(a + b) e^(b t).
HWY_INLINE SingleLanes mixed_power(const Token<SingleLanes>& k, double a, double b, SingleLanes of_p,
                                   SingleLanes of_q) {
  const SingleCondition q_larger = k.t >= SingleLanes();
  return select(q_larger, of_q, of_p) * exp_of(k.t * select(q_larger, SingleLanes(-a), SingleLanes(b)));
}

/// student - teacher - offset: what rounding the difference loses is added to what is left of it.
struct SingleDifference {
  TwoFloats offset;
  explicit SingleDifference(double offset_by) : offset(offset_by) {}
  HWY_INLINE SingleLanes operator()(SingleLanes student, SingleLanes teacher) const {
    const PreciseLanes d = exact_sum(student, SingleLanes() - teacher);
    return (d.high - offset.high) + (d.low - offset.low);
  }
};

/// FrameOf in float: log q - log p = (z_s - z_t) scale_s + z_t (scale_s - scale_t) + constants, with every
/// product and difference exact before the last sum.
class SingleFrame {
 public:
  explicit SingleFrame(const Softened<double>& s, double exponent = 1)
      : exp_t_(s.shift_t, s.scale_t),
        exp_s_(s.shift_s, s.scale_s),
        inverse_t_(s.inverse_t),
        inverse_s_(s.inverse_s),
        rate_(s.scale_s),
        rate_change_(s.scale_s - s.scale_t),
        // Differences first: 0 for equal logits, whatever the compiler fuses.
        constant_((s.shift_t - s.shift_s) * s.scale_s + s.shift_t * (s.scale_t - s.scale_s) + s.log_ratio),
        power_t_(log2_e * exponent * s.scale_t, -log2_e * exponent * (s.shift_t * s.scale_t + s.log_z_t)),
        power_s_(log2_e * exponent * s.scale_s, -log2_e * exponent * (s.shift_s * s.scale_s + s.log_z_s)),
        rescaled_(s.scale_s != s.scale_t) {}

  HWY_INLINE Weights<SingleLanes> weights(SingleLanes teacher, SingleLanes student) const {
    return {exp_t_(teacher), exp_s_(student), change(teacher, student)};
  }
  HWY_INLINE Token<SingleLanes> token(SingleLanes teacher, SingleLanes student, SingleLanes e_teacher,
                                      SingleLanes e_student) const {
    return make_token(times(e_teacher, inverse_t_), times(e_student, inverse_s_), change(teacher, student),
                      PreparedPower{teacher, power_t_}, PreparedPower{student, power_s_});
  }

 private:
  HWY_INLINE SingleLanes change(SingleLanes teacher, SingleLanes student) const {
    const PreciseLanes d = exact_sum(student, SingleLanes() - teacher);
    PreciseLanes constant{constant_.high, constant_.low};
    if (rescaled_) {
      // A masked logit's exponent has to stay finite.
      const SingleLanes z(hn::Max(teacher.v, hn::Set(SingleTag(), -1e18f)));
      const PreciseLanes moved = logarithm(z, rate_change_, constant_);
      constant = {moved.high, moved.low};
    }
    const SingleLanes low = multiply_add(d.low, rate_.high, multiply_add(d.high, rate_.low, constant.low));
    return multiply_add(d.high, rate_.high, constant.high) + low;
  }
  /// A factor rounded to float would move all terms alike.
  static HWY_INLINE SingleLanes times(SingleLanes x, const TwoFloats& factor) {
    return multiply_add(x, factor.high, x * factor.low);
  }
  /// z rate + constant
  static HWY_INLINE PreciseLanes logarithm(SingleLanes z, const TwoFloats& rate, const TwoFloats& constant) {
    const SingleLanes high = product_of(z, rate.high);
    const SingleLanes lost = SingleLanes(hn::MulSub(z.v, rate.high.v, high.v));
    const PreciseLanes sum = exact_sum(high, constant.high);
    return {sum.high, sum.low + (lost + multiply_add(z, rate.low, constant.low))};
  }

  SingleExp exp_t_, exp_s_;
  TwoFloats inverse_t_, inverse_s_, rate_, rate_change_, constant_;
  PowerOfLogit power_t_, power_s_;
  bool rescaled_;
};

struct SingleOps {
  using Real = double;
  using Stored = float;
  using Lanes = SingleLanes;
  using Frame = SingleFrame;
  using Exp = SingleExp;
  using Difference = SingleDifference;
  using Precise = DoubleOps;
  static constexpr std::size_t lanes = hn::MaxLanes(SingleTag()), block = 32 * lanes;
  static constexpr double rounding = 2e-7;            ///< of a term, generously
  static constexpr double sum_rounding = 4e-8;        ///< what many terms have in common
  static constexpr double constant_rounding = 1e-14;  ///< of two floats
  /// Of a shift times its scale: what SingleExp's grid has room for.
  static constexpr double most_nats = 1400;

  /// Float within a block, double between blocks; lane by lane.
  class Sum {
   public:
    HWY_INLINE Sum() : now_(0.0) {}
    HWY_INLINE void add(SingleLanes x) { now_ = now_ + x; }
    HWY_INLINE void flush() {
      float values[lanes];
      hn::StoreU(now_.v, SingleTag(), values);
      for (std::size_t k = 0; k < lanes; ++k)
        total_[k] += static_cast<double>(values[k]);
      now_ = SingleLanes();
    }
    double total() const {
      double sum = 0;
      for (const double lane : total_)
        sum += lane;
      return sum;
    }

   private:
    SingleLanes now_;
    double total_[lanes] = {};
  };
  static HWY_INLINE SingleLanes load(const float* p) { return SingleLanes(hn::LoadU(SingleTag(), p)); }
  static HWY_INLINE SingleLanes load_stored(const float* p) { return load(p); }
  static HWY_INLINE void store(SingleLanes x, float* p) { hn::StoreU(x.v, SingleTag(), p); }
  static HWY_INLINE double largest(SingleLanes x) {
    return static_cast<double>(hn::GetLane(hn::MaxOfLanes(SingleTag(), x.v)));
  }
  static HWY_INLINE void prefetch(const NextRow& next, std::size_t i) {
    hwy::Prefetch(next.teacher + i * next.teacher_bytes);
    hwy::Prefetch(next.student + i * next.student_bytes);
  }
  /// Exact below 2^24, which tokens are.
  static HWY_INLINE SingleLanes index(std::size_t i) {
    return SingleLanes(hn::Iota(SingleTag(), static_cast<float>(i)));
  }
  /// Writes a row of the gradient to its place; returns the size of its largest entry.
  static double write(const float* gradient, const RowTask& task) {
    return write_entries(
        task, [&](std::size_t j) TAUSCOPE_LOOP { return load(gradient + j); },
        [&](std::size_t j) { return gradient[j]; });
  }
  /// The same of scale (w_j - q_j w).
  static double write_combined(const float* terms, const float* q, double w, double scale,
                               const RowTask& task) {
    const SingleLanes lanes_w(w), lanes_scale(scale);
    const float one_w = static_cast<float>(w), one_scale = static_cast<float>(scale);
    return write_entries(
        task,
        [&](std::size_t j) TAUSCOPE_LOOP { return (load(terms + j) - load(q + j) * lanes_w) * lanes_scale; },
        [&](std::size_t j) { return (terms[j] - q[j] * one_w) * one_scale; });
  }

 private:
  /// Past the cache where the task says so, from the first address on that a vector may be stored to.
  template <class Vector, class Entry>
  static HWY_INLINE double write_entries(const RowTask& task, const Vector& vector, const Entry& entry) {
    float* const to = task.gradient;
    double most = 0;
    std::size_t j = 0;
    const auto one = [&] {
      to[j] = entry(j);
      most = std::max(most, static_cast<double>(std::abs(to[j])));
      ++j;
    };
    SingleVector largest_entry = hn::Zero(SingleTag());
    if (task.streaming) {
      while (j < task.vocab && reinterpret_cast<std::uintptr_t>(to + j) % (lanes * sizeof(float)) != 0)
        one();
      for (; j + lanes <= task.vocab; j += lanes) {
        const SingleVector g = vector(j).v;
        largest_entry = hn::Max(largest_entry, hn::Abs(g));
        hn::Stream(g, SingleTag(), to + j);
      }
      hwy::FlushStream();
    } else {
      for (; j + lanes <= task.vocab; j += lanes) {
        const SingleVector g = vector(j).v;
        largest_entry = hn::Max(largest_entry, hn::Abs(g));
        hn::StoreU(g, SingleTag(), to + j);
      }
    }
    while (j < task.vocab)
      one();
    return std::max(most, largest(SingleLanes(largest_entry)));
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
