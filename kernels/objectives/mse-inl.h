// Logit matching: the mean square of the difference of row-centred logits.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_MSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_MSE_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_MSE_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_MSE_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct Mse {
  static constexpr ObjectiveText text{
      "mse", "logit matching", "½·mean_v (z̃_S − z̃_T)², z̃ = z − mean(z)", "(z̃_S − z̃_T)/V",
      "What the KL objectives tend to as τ → ∞ with τ². No temperature. Tokens masked on both sides are left "
      "out."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{true, false, false};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    return row.logit_distance();
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
