// What a formula sees of a token, what it returns, and the pieces that several formulas share.
//
// Notation of math.md: p of the teacher, q of the student, t = log q - log p, u = q - p. A formula gives, per
// token, its term of the divergence D and w = q h, h = dD/dq up to a constant. The row then has
//   dD/dz_j = (1 / tau) (w_j - q_j sum_i w_i).
// w rather than h, because q h stays finite where q underflows.
//
// Rules for every formula: terms are >= 0 each (add what sums to 0 over the row: p - q), the constant in h is
// chosen so that h = 0 at t = 0, and both are precise in relative terms near t = 0: for a student close to
// its teacher that is all there is. p or q may have underflowed to 0 while t is finite, up to 1e41 in size
// (double) where a side is masked; a product of 0 with an infinity is not allowed to reach the result.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_TOKEN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_TOKEN_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_TOKEN_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_TOKEN_INL_H_
#endif

#include "kernels/objectives/number-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// How a number type holds log p: unrounded where a power of p would lose digits.
template <class R>
struct LogOf {
  using type = R;
};

template <class R>
struct Token {
  R p, q;
  R t;                                   ///< log q - log p
  R u;                                   ///< q - p, precise where they are close
  typename LogOf<R>::type log_p, log_q;  ///< finite: a masked logit counts as the lowest float
};

template <class R>
TAUSCOPE_HD R power_of_log(R log, double s) {
  return exp_of(R(s) * log);
}
/// p^s and q^s, s being what the formula says in exponent().
template <class R>
TAUSCOPE_HD R p_power(const Token<R>& k, double s) {
  return power_of_log(k.log_p, s);
}
template <class R>
TAUSCOPE_HD R q_power(const Token<R>& k, double s) {
  return power_of_log(k.log_q, s);
}
/// p^a q^b, with p^(a + b) and q^(a + b) at hand: from the logarithms, or from the side that is the larger
/// one, q^(a + b) e^(-a t) or p^(a + b) e^(b t).
template <class R>
TAUSCOPE_HD R mixed_power(const Token<R>& k, double a, double b, R of_p, R of_q) {
  if constexpr (std::is_same_v<typename LogOf<R>::type, R>) {
    return exp_of(R(a) * k.log_p + R(b) * k.log_q);
  } else {
    const auto q_larger = k.t >= R(0);
    return select(q_larger, of_q, of_p) * exp_of(k.t * select(q_larger, R(-a), R(b)));
  }
}
template <class Formula>
TAUSCOPE_HD double exponent_of(const Formula& formula) {
  if constexpr (requires { formula.exponent(); }) {
    return formula.exponent();
  } else {
    return 1;
  }
}

/// A token's part of D, and w.
template <class R>
struct Terms {
  R value, w;
};

/// How many times the rounding of its number type a formula's terms lose: a difference of two parts of a
/// term. Taken by lanes of float, which leave a row to double where that is too much.
struct Growth {
  double value = 1, gradient = 1;
};
template <class Formula>
TAUSCOPE_HD Growth growth_of(const Formula& formula) {
  if constexpr (requires { formula.growth(); }) {
    return formula.growth();
  } else {
    return {};
  }
}

/// How much w moves where all t of a row move by the same small step at the same p and q, which is what an
/// error of the normalisers' ratio does: its largest entry and its sum of sizes, per unit, over tokens whose
/// q is at most `largest` and sums to `mass`. A formula that says nothing has |dw/dt| <= q.
struct Slope {
  double largest, sum;
};
template <class Formula>
TAUSCOPE_HD Slope slope_of(const Formula& formula, double largest, double mass, double tokens) {
  if constexpr (requires { formula.slope(largest, mass, tokens); }) {
    return formula.slope(largest, mass, tokens);
  } else {
    return {largest, mass};
  }
}
/// Whether w jumps at t = 0, so that the sign of t has to be certain. Elsewhere such a formula's h has one
/// size, and the sign of t.
template <class Formula>
constexpr bool has_corner() {
  return requires {
    Formula::corner;
  };
}

/// value > bound, for a row that may have to see how close that is.
template <class Row>
TAUSCOPE_HD bool exceeds(Row& row, typename Row::Real value, double bound) {
  if constexpr (requires { row.exceeds(value, bound); }) {
    return row.exceeds(value, bound);
  } else {
    return static_cast<double>(value) > bound;
  }
}

/// What a token that is masked (-inf) on one side only does to a row.
struct MaskEffect {
  bool infinite = false;   ///< D is +inf
  bool undefined = false;  ///< the gradient has no limit: NaN
  TAUSCOPE_HD MaskEffect operator|(MaskEffect o) const {
    return {infinite || o.infinite, undefined || o.undefined};
  }
};

template <class R>
TAUSCOPE_HD Token<R> make_token(R p, R q, R t, typename LogOf<R>::type log_p, typename LogOf<R>::type log_q) {
  const auto near = abs_of(t) < R(0.5);
  return {p, q, t, select(near, p * (t + t * t * exp_tail(t)), q - p), log_p, log_q};
}

/// from log(from/to) - from + to >= 0, with x = log(to/from) and change = to - from.
template <class R>
TAUSCOPE_HD R excess(R from, R change, R x) {
  return select(abs_of(x) < R(0.5), from * (x * x) * exp_tail(x), change - from * x);
}

/// Where h tends to a constant as t grows (the student far above the teacher) and the student's largest token
/// is there, h minus its value at t = 0 has lost what tells the tokens apart. Such a formula has a second
/// form, relative to the limit at t = +infinity, which it takes for rows whose base has t > 1.
template <class Formula>
TAUSCOPE_HD Formula relative_to_base(const Formula& formula, double base_t) {
  if constexpr (requires { formula.saturated; }) {
    Formula result = formula;
    result.saturated = base_t > 1;
    return result;
  } else {
    return formula;
  }
}

/// Of the mixture m = c p + (1 - c) q, 0 < c < 1.
template <class R>
struct Mixture {
  R of_p, of_q;  ///< log(m/p), log(m/q)
  R of_rest;     ///< log(m/((1 - c) q)) > 0, precise as t grows; only of a saturated mixture
  R share;       ///< q/m
};

/// What lanes of float lose in log(m/p) and log(m/q), about (1 - c) t and c t near t = 0 and differences of t
/// and the other there; and where one side outweighs the other, m is the small rest of 1, down to c or 1 - c.
struct MixtureGrowth {
  double of_p, of_q, of_small;
};
TAUSCOPE_HD MixtureGrowth mixture_growth(double c) {
  return {1 / (1 - c), 1 / c, 0.3 / std::fmin(c, 1 - c)};
}

/// Relative to the larger of the two, where nothing overflows; the other side's follows by t. `log_of_rest`
/// is log(1 - c), which is the same for all tokens.
template <class R>
TAUSCOPE_HD Mixture<R> mixture(R t, double c, double log_of_rest, bool saturated) {
  const auto q_larger = t >= R(0);
  const ExpAndLessOne<R> e = exp_and_expm1_of(select(q_larger, R(0) - t, t));
  if (!saturated) {
    const R m = select(q_larger, R(c), R(1 - c)) * e.expm1, near = log1p_of(m);  // m/q - 1 or m/p - 1
    return {select(q_larger, near + t, near), select(q_larger, near, near - t), R(0),
            select(q_larger, R(1), e.exp) / (R(1) + m)};
  }
  const R log_rest(log_of_rest), m = select(q_larger, e.exp * R(c / (1 - c)), R(1 - c) * e.expm1);
  const R near = log1p_of(m), of_rest = select(q_larger, near, near - t - log_rest),
          of_q = of_rest + log_rest;
  return {of_q + t, of_q, of_rest, select(q_larger, R(1 / (1 - c)), e.exp) / (R(1) + m)};
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
