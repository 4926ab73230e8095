// Decoupled knowledge distillation (Zhao et al. 2022): the target against the rest, and the rest by itself.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_DKD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_DKD_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_DKD_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_DKD_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/kl-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// KL between (p_y, 1 - p_y) and (q_y, 1 - q_y), and u = q_y - p_y.
template <class R>
struct BinaryKl {
  R value, u;
  R slope;  ///< du by a step of the change of the log-odds, at most
};

/// log(1 + e^x)
template <class R>
TAUSCOPE_HD R softplus(R x) {
  return (x > R(0) ? x : R(0)) + log1p_of(exp_of(R(0) - abs_of(x)));
}

/// From the log-odds: a = log(p_y / (1 - p_y)) of the teacher, b of the student, change = b - a, formed
/// precisely.
template <class R>
TAUSCOPE_HD BinaryKl<R> binary_kl(R a, R b, R change) {
  const R p = R(1) / (R(1) + exp_of(R(0) - a)), rest_p = R(1) / (R(1) + exp_of(a));
  const R q = R(1) / (R(1) + exp_of(R(0) - b)), rest_q = R(1) / (R(1) + exp_of(b));
  const bool up = change >= R(0), near = abs_of(change) < R(0.5);
  const R u = up ? R(0) - q * rest_p * expm1_of(R(0) - change) : p * rest_q * expm1_of(change);
  const R of_target =
      near ? R(0) - log1p_of(rest_p * expm1_of(R(0) - change)) : softplus(R(0) - a) - softplus(R(0) - b);
  const R of_rest = near ? R(0) - log1p_of(p * expm1_of(change)) : softplus(a) - softplus(b);
  return {excess(p, u, of_target) + excess(rest_p, R(0) - u, of_rest), u, p * rest_q + q * rest_p};
}

struct Dkd {
  static constexpr ObjectiveText text{
      "dkd", "decoupled KD", "KL(b_T‖b_S) + β·KL(p̂‖q̂), b = (p_y, 1 − p_y), p̂ = p without y, renormalised",
      "j = y: (q_y − p_y)/τ; else (β(q̂_j − p̂_j) − (q_y − p_y) q̂_j)/τ",
      "Forward KL = target part + (1 − p_y) · non-target part; here the second part gets the weight β at "
      "every "
      "position, however sure the teacher is."};
  static constexpr ObjectiveParameter parameters[] = {
      {"beta", 8, 0, 1e6, "weight of the part without the target"}};
  static constexpr ObjectiveNeeds needs{true, true, true};
  static constexpr bool softens_otherwise = true;  ///< without the target

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    using Real = typename Row::Real;
    const auto y = row.leave_out_target();
    if (!row.has_tokens()) return row.undefined();
    const auto rest = row.soften();
    const Real x_t = y.teacher - rest.shift_t, x_s = y.student - rest.shift_s;
    // Differences first: 0 for equal logits, whatever the compiler fuses.
    const Real change = (x_s - x_t) * rest.scale_s + rest.log_ratio;
    const BinaryKl<Real> binary =
        binary_kl(x_t * rest.scale_t - rest.log_z_t, x_s * rest.scale_s - rest.log_z_s, change);
    const Real without = row.separable(KlMix{k[0], 0}, rest, binary.u);
    row.put_target(binary.u);
    if constexpr (requires { row.count_rounding(Real(0), Real(0), Real(0)); }) {
      row.count_rounding(abs_of(binary.u) * rest.log_ratio_error, binary.value,
                         binary.slope * rest.log_ratio_error);
    }
    // A target masked in the student only is infinite; in the teacher only, p_y = 0 and all is finite.
    return y.student_masked && !y.teacher_masked ? row.infinite() : without + binary.value;
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
