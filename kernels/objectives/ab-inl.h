// Alpha-beta divergence (Cichocki et al. 2011; ABKD, Wang et al. 2025), with its limits.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_AB_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_AB_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_AB_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_AB_INL_H_
#endif

#include <limits>

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// With s = alpha + beta, P = p^s, Q = q^s, M = p^alpha q^beta and A(x; X) = (X - P (1 + x t)) / x:
///   D = (A(s; Q) - A(beta; M)) / alpha,   q h = (Q - M) / alpha.
/// A tends to 0 with x, and its series P x t^2 (e^{xt} - 1 - xt)/(xt)^2 covers beta -> 0 and s -> 0. For
/// alpha -> 0: D = Q (e^{-beta t} - 1 + beta t)/beta^2, q h = Q t.
struct AbFormula {
  double alpha, beta, sum;
  bool saturated = false;

  explicit TAUSCOPE_HD AbFormula(double a, double b)
      : alpha(tiny(a) ? 0 : a), beta(tiny(b) ? 0 : b), sum(tiny(a + b) ? 0 : alpha + beta) {
    if (alpha == 0) sum = beta;
  }

  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const R big_q = q_power(k, sum), big_p = p_power(k, sum);
    if (alpha == 0) return {limit_value(k.t, big_p, big_q), big_q * k.t};
    const R product = mixed_power(k, alpha, beta, big_p, big_q);
    const R x = R(0 - alpha) * k.t;
    const R w =
        select(abs_of(x) < R(0.5), big_q * k.t * (R(1) + x * exp_tail(x)), (big_q - product) * R(1 / alpha));
    // For s = 1, h tends to 1/alpha.
    const bool at_limit = saturated && sum == 1 && alpha > 0;
    return {value(k.t, big_p, big_q, product), at_limit ? product * R(0 - 1 / alpha) : w};
  }
  TAUSCOPE_HD double exponent() const { return sum; }
  TAUSCOPE_HD MaskEffect student_masked() const {
    return {!(beta > 0 && sum > 0), beta < 0 || sum < 0 || (alpha == 0 && sum <= 0)};
  }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {!(alpha > 0 && sum > 0), !(alpha > 0)}; }
  /// D is a difference of two parts that are (sum + beta) / alpha times as large; powers of p below 0 grow
  /// without bound.
  TAUSCOPE_HD Growth growth() const {
    const bool bounded = alpha > 0 && beta >= 0;
    return {bounded ? (sum + beta) / alpha : std::numeric_limits<double>::infinity(), 3};
  }
  /// dw/dt is a power p^s or q^s, whose sum is largest for equal probabilities.
  TAUSCOPE_HD Slope slope(double largest, double mass, double tokens) const {
    return {2 * std::pow(largest, sum), 2 * std::pow(mass, sum) * std::pow(tokens, std::fmax(0, 1 - sum))};
  }

 private:
  /// Nearer to the limit than rounding is to the formula.
  static TAUSCOPE_HD bool tiny(double x) { return x < 1e-8 && x > -1e-8; }

  template <class R>
  TAUSCOPE_HD R value(R t, R big_p, R big_q, R product) const {
    const R x = R(sum) * t, y = R(beta) * t, t2 = t * t;
    const auto near_s = abs_of(x) < R(0.5), near_b = abs_of(y) < R(0.5);
    const R inverse_s(sum != 0 ? 1 / sum : 0), inverse_b(beta != 0 ? 1 / beta : 0);
    // Where both are far, the terms P t of the two cancel and are left out.
    const R linear_s = select(near_b, big_p * t, R(0)), linear_b = select(near_s, big_p * t, R(0));
    const R of_s =
        select(near_s, R(sum) * (big_p * t2 * exp_tail(x)), (big_q - big_p) * inverse_s - linear_s);
    const R of_b =
        select(near_b, R(beta) * (big_p * t2 * exp_tail(y)), (product - big_p) * inverse_b - linear_b);
    return (of_s - of_b) * R(1 / alpha);
  }
  template <class R>
  TAUSCOPE_HD R limit_value(R t, R big_p, R big_q) const {
    const R y = R(0 - beta) * t;
    const R inverse(beta != 0 ? 1 / beta : 0);
    return select(abs_of(y) < R(0.5), big_q * (t * t) * exp_tail(y),
                  (big_p - big_q - big_q * y) * (inverse * inverse));
  }
};

struct Ab {
  static constexpr ObjectiveText text{
      "ab", "α-β divergence", "−1/(αβ) Σ [p^α q^β − α/(α+β) p^(α+β) − β/(α+β) q^(α+β)]",
      "q_j (h_j − Σ q h)/τ, h_j = −(p_j^α q_j^(β−1) − q_j^(α+β−1))/α",
      "A family with forward KL at (1, 0), reverse KL at (0, 1) and four times the squared Hellinger "
      "distance "
      "at (½, ½); α and β set how hard it looks at confidence and at hard tokens."};
  static constexpr ObjectiveParameter parameters[] = {
      {"alpha", 0.2, -2, 2, "exponent of the teacher; its limit at 0 in closed form"},
      {"beta", 0.7, -2, 2, "exponent of the student; its limit at 0 and that of α + β in closed form"}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    return row.separable(AbFormula(k[0], k[1]), row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
