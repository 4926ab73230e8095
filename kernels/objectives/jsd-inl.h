// Generalised Jensen-Shannon divergence in GKD's convention (Agarwal et al. 2024, On-Policy Distillation).
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_JSD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_JSD_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_JSD_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_JSD_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct JsdFormula {
  double beta;
  double log_rest = std::log1p(-beta);
  bool saturated = false;

  /// beta KL(p || m) + (1 - beta) KL(q || m), each with its m - p or m - q; h = (1 - beta) log(q/m).
  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const R c(beta), rest(1 - beta);
    const Mixture<R> m = mixture(k.t, beta, log_rest, saturated);
    const R teacher = excess(k.p, rest * k.u, m.of_p), student = excess(k.q, R(0) - c * k.u, m.of_q);
    return {c * teacher + rest * student, R(0) - rest * (k.q * (saturated ? m.of_rest : m.of_q))};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {}; }
  /// Of the value, each side's part in proportion to what the other's logarithm loses.
  TAUSCOPE_HD Growth growth() const {
    const MixtureGrowth m = mixture_growth(beta);
    return {std::fmax(2, m.of_small), std::fmax(std::fmax(1, 0.5 * m.of_q), m.of_small)};
  }
};

struct Jsd {
  static constexpr ObjectiveText text{
      "jsd", "generalised JSD", "β·KL(p‖m) + (1−β)·KL(q‖m), m = βp + (1−β)q",
      "q_j (h_j − Σ q h)/τ, h_j = (1−β) log(q_j/m_j)",
      "Bounded, between forward KL (β → 0, divided by β) and reverse KL (β → 1, divided by 1 − β)."};
  static constexpr ObjectiveParameter parameters[] = {
      {"beta", 0.5, 0, 1, "the teacher's share of the mixture", true, true}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    return row.separable(JsdFormula{k[0]}, row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
