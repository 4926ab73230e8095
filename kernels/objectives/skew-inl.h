// Skew forward and reverse KL (Ko et al. 2024, DistiLLM).
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SKEW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SKEW_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SKEW_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SKEW_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/kl-inl.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// KL(p || m), m = lambda p + (1 - lambda) q, 0 < lambda < 1; h = (1 - lambda) (1 - p/m).
struct SkewForwardFormula {
  double lambda;
  double log_rest = std::log1p(-lambda);
  bool saturated = false;

  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const R rest(1 - lambda);
    const Mixture<R> m = mixture(k.t, lambda, log_rest, saturated);
    // q h = (1 - lambda)^2 u q/m, or without its limit, -(1 - lambda) p q/m
    const R w = saturated ? R(0) - rest * (k.p * m.share) : rest * rest * (k.u * m.share);
    return {excess(k.p, rest * k.u, m.of_p), w};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {}; }
  TAUSCOPE_HD Growth growth() const {
    const MixtureGrowth m = mixture_growth(lambda);
    return {std::fmax(m.of_p, m.of_small), std::fmax(2, m.of_small)};
  }
};

/// KL(q || m), m = lambda q + (1 - lambda) p; h = log(q/m) + lambda (1 - q/m), or log(q/m) where the mixture
/// counts as a constant.
struct SkewReverseFormula {
  double lambda;
  bool detached;
  double log_rest = std::log(lambda);
  bool saturated = false;

  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const R rest(1 - lambda);
    const Mixture<R> m = mixture(k.t, 1 - lambda, log_rest, saturated);
    const R value = excess(k.q, R(0) - rest * k.u, m.of_q);
    if (saturated) {
      // With x = log(m/(lambda q)): h is -x, or 1 - e^-x - x.
      const R x = m.of_rest;
      const R tail = select(x < R(0.5), x * x * exp_tail(R(0) - x), R(lambda) * m.share - R(1) + x);
      return {value, R(0) - k.q * (detached ? x : tail)};
    }
    const R through = detached ? R(0) : R(lambda) * rest * (k.u * m.share);
    return {value, R(0) - k.q * m.of_q - through};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {}; }
  /// Unless the mixture is detached, w takes lambda of log(m/q) off again.
  TAUSCOPE_HD Growth growth() const {
    const MixtureGrowth m = mixture_growth(1 - lambda);
    return {std::fmax(m.of_q, m.of_small), std::fmax(detached ? m.of_q : m.of_q * m.of_q, m.of_small)};
  }
};

struct Skl {
  static constexpr ObjectiveText text{
      "skl", "skew forward KL", "KL(p‖m), m = λp + (1−λ)q", "q_j (h_j − Σ q h)/τ, h_j = −(1−λ) p_j/m_j",
      "Forward KL against a mixture with some of the teacher in it, so that its gradient stays bounded."};
  static constexpr ObjectiveParameter parameters[] = {
      {"lambda", 0.1, 0, 1, "the teacher's share of the mixture; 0 is forward KL", false, true},
      {"entropy", 0, 0, 1, "1 adds H(p): −Σ p log m, the same gradient", false, false, true}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    const auto softened = row.soften();
    const typename Row::Real value =
        k[0] == 0 ? row.separable(KlMix{1, 0}, softened) : row.separable(SkewForwardFormula{k[0]}, softened);
    return k[1] != 0 ? value + row.teacher_entropy(row.scale()) : value;
  }
};

struct Srkl {
  static constexpr ObjectiveText text{
      "srkl", "skew reverse KL", "KL(q‖m), m = λq + (1−λ)p",
      "q_j (h_j − Σ q h)/τ, h_j = log(q_j/m_j) + 1 − λ q_j/m_j",
      "Reverse KL against a mixture with some of the student in it: finite where the teacher has no mass."};
  static constexpr ObjectiveParameter parameters[] = {
      {"lambda", 0.1, 0, 1, "the student's share of the mixture; 0 is reverse KL", false, true},
      {"detach", 0, 0, 1, "1 takes the mixture as a constant for the gradient", false, false, true}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    const auto softened = row.soften();
    if (k[0] == 0) return row.separable(KlMix{0, 1}, softened);
    return row.separable(SkewReverseFormula{k[0], k[1] != 0}, softened);
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
