// Token-wise distillation (ToDi): forward and reverse KL mixed per token by s = sigmoid(log(p/q)), s a
// constant for the gradient.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_TODI_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_TODI_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_TODI_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_TODI_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// -s p t + (1 - s) q t with s = p/(p + q) is t u: the value of Jeffreys with a = b = 1, whatever the
/// weights' purpose. Only the gradient differs: q h = -s p + (1 - s) q (t + 1) = u + q t q/(p + q).
struct TodiFormula {
  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    const auto q_larger = k.t >= R(0);
    const R e = exp_below_of(select(q_larger, R(0) - k.t, k.t));
    const R share = select(q_larger, R(1), e) / (R(1) + e);
    return {k.t * k.u, k.u + k.q * k.t * share};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {true, false}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {true, true}; }
};

struct Todi {
  static constexpr ObjectiveText text{
      "todi", "token-wise (ToDi)", "Σ_v [s p log(p/q) + (1−s) q log(q/p)], s = sigmoid(log(p/q)), detached",
      "q_j (h_j − Σ q h)/τ, h_j = −s p_j/q_j + (1−s)(log(q_j/p_j) + 1)",
      "Forward KL where the student is below the teacher, reverse KL where it is above. The value equals "
      "Jeffreys'; the gradient does not."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    return row.separable(TodiFormula{}, row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
