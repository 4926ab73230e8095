// Total variation distance.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_TVD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_TVD_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_TVD_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_TVD_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// 1/2 |p - q|; h = 1/2 sign(q - p), sign(0) = 0.
struct TvdFormula {
  static constexpr bool corner = true;

  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const R half = R(0.5) * k.q;
    return {R(0.5) * abs_of(k.u), select(k.t > R(0), half, select(k.t < R(0), R(0) - half, R(0)))};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {}; }
  TAUSCOPE_HD Slope slope(double, double, double) const { return {0, 0}; }
};

struct Tvd {
  static constexpr ObjectiveText text{
      "tvd", "total variation", "½ Σ |p − q|", "q_j (h_j − Σ q h)/τ, h_j = ½ sign(q_j − p_j)",
      "The probability that would have to move; its gradient does not see how far a token is off."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    return row.separable(TvdFormula{}, row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
