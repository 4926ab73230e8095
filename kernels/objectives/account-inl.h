// What rounding in lanes of float may have cost a row, kept account of so that a row whose results would not
// hold is computed in double:
//   a term's own rounding, times the formula's growth: of the largest entry, and of all that sum w is made
//   of; the error of log_ratio, which all t of a row share, times how much w moves with t.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ACCOUNT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ACCOUNT_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ACCOUNT_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ACCOUNT_INL_H_
#endif

#include "kernels/objectives/frame-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// Of lanes of float with exponentials and series within 2e-9 and 3e-8, whose sums leave the lanes every 32
/// additions.
struct SingleRounding {
  static constexpr double rounding = 2e-7;            ///< of a term, generously
  static constexpr double sum_rounding = 4e-8;        ///< what many terms have in common
  static constexpr double constant_rounding = 1e-14;  ///< of two floats
  /// Of a shift times its scale: what exponents of two floats have room for.
  static constexpr double most_nats = 1400;
  /// Below this a row's own costs outweigh what float saves.
  static constexpr std::size_t fewest_tokens = 128;
  /// Of the results, 1e-5 is allowed. Products of what is smaller or larger may leave the range of float.
  static constexpr double tolerance = 6e-6, smallest = 1e-24, largest = 1e24;

  static TAUSCOPE_HD bool fits(double largest_logit, double scale) {
    return std::fabs(largest_logit * scale) <= most_nats;
  }
  static TAUSCOPE_HD bool holds(double size, double error) {
    return size >= smallest && size <= largest && error <= tolerance * size;
  }
  /// Whether a formula's growth leaves anything of a value.
  template <class Formula>
  static TAUSCOPE_HD bool suits(const Formula& formula) {
    return rounding * growth_of(formula).value <= tolerance / 2;
  }
  /// How far a number of the order of `bound` has to be from it for rounding not to decide on which side it
  /// is.
  static TAUSCOPE_HD double least_distance(double bound) { return 16 * rounding * (1 + std::fabs(bound)); }

  /// Of log_ratio, where a sum over terms of `size` gave it: that moves it by 1 / the larger normaliser, the
  /// smaller one by at most its relative error.
  static TAUSCOPE_HD double of_log_ratio(const Softened<double>& s, double size) {
    return sum_rounding *
               (size * std::fmin(s.inverse_t, s.inverse_s) + std::fmin(1.0, std::fabs(s.log_ratio))) +
           of_constant(s);
  }
  /// The last digits of the constant that the log-ratios of the row are formed with.
  static TAUSCOPE_HD double of_constant(const Softened<double>& s) {
    return constant_rounding * (std::fabs((s.shift_t - s.shift_s) * s.scale_s) +
                                std::fabs(s.shift_t * (s.scale_t - s.scale_s)) + std::fabs(s.log_ratio));
  }
};

/// Of the tokens in lanes, all but the base: the size of what w is made of, and q.
struct TermSizes {
  double sum, largest, mass;
};

struct TermErrors {
  double value, sum, entry;  ///< of the value, of sum w, of the gradient's largest entry before its factor
};

/// What rounding may have cost the sums of a formula over `tokens`: `value`, and `w` relative to the base
/// `top`. An error of log_ratio moves the base's h too: entries by (1 - q_base) times how much its w moves.
template <class Rounding, class Formula>
TAUSCOPE_HD TermErrors errors_of_terms(const Formula& formula, const Softened<double>& s,
                                       const Token<double>& top, const TermSizes& sizes, double value,
                                       double w, double tokens) {
  const double shift = s.log_ratio_error;
  const Growth growth = growth_of(formula);
  const Slope slope = slope_of(formula, std::fmin(s.largest_q(), sizes.mass), sizes.mass, tokens);
  const Slope of_base = slope_of(formula, top.p + top.q, sizes.mass, tokens);
  const double of_sum = Rounding::sum_rounding * growth.gradient * sizes.sum + shift * slope.sum;
  const double of_entry = Rounding::rounding * growth.gradient * (sizes.largest + top.q * std::fabs(w)) +
                          shift * (slope.largest + sizes.mass * of_base.largest) + top.q * of_sum;
  // By Cauchy's inequality, as D is about 1/2 sum slope t^2; a saturated formula loses a constant's rounding.
  double common = shift;
  if constexpr (requires { formula.saturated; }) common += formula.saturated ? Rounding::sum_rounding : 0;
  const double moved = has_corner<Formula>() ? 1.0 : std::sqrt(8 * slope.sum * std::fabs(value));
  return {Rounding::rounding * growth.value * value + common * moved, of_sum, of_entry};
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
