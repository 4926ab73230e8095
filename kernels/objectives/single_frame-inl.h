// A row's two distributions in lanes of float: what FrameOf is in double.
//
// What keeps float exact enough: exponents and log-ratios are formed from the logits themselves with rates
// and offsets of two floats, so that neither a large exponent nor an offset between the sides costs digits.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_FRAME_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_FRAME_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_FRAME_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_FRAME_INL_H_
#endif

#include "kernels/objectives/frame-inl.h"
#include "kernels/objectives/single_math-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// A double as the sum of two floats.
template <class L>
struct TwoFloats {
  L high, low;

  explicit TAUSCOPE_HD TwoFloats(double x) : TwoFloats(x, static_cast<float>(x)) {}
  /// The first on a grid that integers up to 2^11 may be subtracted from without rounding.
  static TAUSCOPE_HD TwoFloats on_grid(double x) {
    return TwoFloats(x, static_cast<float>(std::nearbyint(x * 4096) / 4096));
  }

 private:
  TAUSCOPE_HD TwoFloats(double x, float nearest)
      : high(pinned(L(static_cast<double>(nearest)))), low(pinned(L(x - static_cast<double>(nearest)))) {}
};

/// A number and what rounding lost of it.
template <class L>
struct Precise {
  L high, low;
};
/// a + b and a - b (Knuth).
template <class L>
TAUSCOPE_HD Precise<L> exact_sum(L a, L b) {
  const L sum = a + b, of_b = sum - a;
  return {sum, (a - (sum - of_b)) + (b - of_b)};
}
template <class L>
TAUSCOPE_HD Precise<L> exact_difference(L a, L b) {
  const L difference = a - b, of_b = difference - a;
  return {difference, (a - (difference - of_b)) - (b + of_b)};
}

/// 2^(z rate + offset), the exponent formed from z without rounding it; 0 below 2^-127.
template <class L>
struct PowerOfLogit {
  TwoFloats<L> rate, offset;
  L lowest;

  TAUSCOPE_HD PowerOfLogit(double rate_by, double offset_by)
      : rate(rate_by),
        offset(TwoFloats<L>::on_grid(offset_by)),
        lowest(pinned(L((-127 - offset_by) / rate_by))) {}

  TAUSCOPE_HD L operator()(L logit) const {
    const L z = larger_of(logit, lowest);
    const SplitExponent<L> e(multiply_add(z, rate.high, offset.high) + L(SplitExponent<L>::magic));
    const L f = multiply_add(z, rate.high, offset.high - e.n) + multiply_add(z, rate.low, offset.low);
    return power_of_fraction(f) * e.power();
  }
};

/// What logits are reduced by for WholeExp: within half a power of 2 of the largest one. Not for students
/// close to their teachers: the change of the largest token is 0 relative to the largest one alone.
TAUSCOPE_HD double whole_shift(double largest, double scale) {
  const double rate = log2_e * scale;
  return std::nearbyint(largest * rate) / rate;
}
/// exp((z - shift) scale) = 2^(z rate + offset) with a shift that makes the offset a whole number: three
/// operations less than PowerOfLogit.
template <class L>
class WholeExp {
 public:
  TAUSCOPE_HD WholeExp(double shift, double scale)
      : WholeExp(log2_e * scale, std::nearbyint(-shift * (log2_e * scale)), 0) {}

  TAUSCOPE_HD L operator()(L logit) const {
    const L z = larger_of(logit, lowest_);
    const SplitExponent<L> e(multiply_add(z, rate_.high, magic_), magic_);
    const L f = multiply_add(z, rate_.low, multiply_subtract(z, rate_.high, e.n));
    return power_of_fraction(f) * e.power();
  }

 private:
  TAUSCOPE_HD WholeExp(double rate, double offset, int)
      : rate_(rate),
        lowest_(pinned(L((-127 - offset) / rate))),
        magic_(pinned(L(SplitExponent<L>::magic + offset))) {}

  TwoFloats<L> rate_;
  L lowest_, magic_;
};

/// exp((z - shift) scale) for any shift.
template <class L>
class SingleExp {
 public:
  TAUSCOPE_HD SingleExp(double shift, double scale)
      : power_(log2_e * scale, -shift * (log2_e * scale)),
        shift_(pinned(L(shift))),
        scale_(pinned(L(scale))) {}
  TAUSCOPE_HD L operator()(L logit) const { return power_(logit); }
  /// The exponent rounded to float.
  TAUSCOPE_HD L exponent(L logit) const { return (logit - shift_) * scale_; }

 private:
  PowerOfLogit<L> power_;
  L shift_, scale_;
};

/// log p, as what raises p to the power that a formula wants.
template <class L>
struct PreparedPower {
  L z;
  const PowerOfLogit<L>& power;
};
template <class L>
TAUSCOPE_HD L power_of_log(const PreparedPower<L>& log, double) {
  return log.power(log.z);
}

/// student - teacher - offset: what rounding the difference loses is added to what is left of it.
template <class L>
struct SingleDifference {
  TwoFloats<L> offset;
  explicit TAUSCOPE_HD SingleDifference(double offset_by) : offset(offset_by) {}
  TAUSCOPE_HD L operator()(L student, L teacher) const {
    const Precise<L> d = exact_difference(student, teacher);
    return (d.high - offset.high) + (d.low - offset.low);
  }
};

/// FrameOf in float: log q - log p = (z_s - z_t) scale_s + z_t (scale_s - scale_t) + constants, with every
/// product and difference exact before the last sum. The shifts are whole_shift's; `kRescales`: the scales
/// may differ.
template <class L, bool kRescales = true>
class SingleFrame {
 public:
  explicit TAUSCOPE_HD SingleFrame(const Softened<double>& s, double exponent = 1)
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

  TAUSCOPE_HD Weights<L> weights(L teacher, L student) const {
    return {exp_t_(teacher), exp_s_(student), change(teacher, student)};
  }
  TAUSCOPE_HD Token<L> token(L teacher, L student, L e_teacher, L e_student) const {
    return make_token(times(e_teacher, inverse_t_), times(e_student, inverse_s_), change(teacher, student),
                      PreparedPower<L>{teacher, power_t_}, PreparedPower<L>{student, power_s_});
  }
  TAUSCOPE_HD Token<L> token(L teacher, L student) const {
    return token(teacher, student, exp_t_(teacher), exp_s_(student));
  }

 private:
  TAUSCOPE_HD L change(L teacher, L student) const {
    const Precise<L> d = exact_difference(student, teacher);
    Precise<L> constant{constant_.high, constant_.low};
    // A masked logit's exponent has to stay finite.
    if (kRescales && rescaled_) constant = logarithm(larger_of(teacher, L(-1e18)), rate_change_, constant_);
    const L low = multiply_add(d.low, rate_.high, multiply_add(d.high, rate_.low, constant.low));
    return multiply_add(d.high, rate_.high, constant.high) + low;
  }
  /// A factor rounded to float would move all terms alike.
  static TAUSCOPE_HD L times(L x, const TwoFloats<L>& factor) {
    return multiply_add(x, factor.high, x * factor.low);
  }
  /// z rate + constant
  static TAUSCOPE_HD Precise<L> logarithm(L z, const TwoFloats<L>& rate, const TwoFloats<L>& constant) {
    const L high = multiply_add(z, rate.high, L(0));  // rounded by itself, whatever stands around it
    const L lost = multiply_subtract(z, rate.high, high);
    const Precise<L> sum = exact_sum(high, constant.high);
    return {sum.high, sum.low + (lost + multiply_add(z, rate.low, constant.low))};
  }

  SingleExp<L> exp_t_, exp_s_;
  TwoFloats<L> inverse_t_, inverse_s_, rate_, rate_change_, constant_;
  PowerOfLogit<L> power_t_, power_s_;
  bool rescaled_;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
