// Entropy-aware on-policy distillation (arXiv 2603.07079): its loss at one position of a student's sample.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_EOPD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_EOPD_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_EOPD_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_EOPD_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/kl-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct Eopd {
  static constexpr ObjectiveText text{
      "eopd", "entropy-aware", "KL(q‖p) + 1[H(p at τ = 1) > h_max]·KL(p‖q)",
      "(reverse KL's) + 1[H(p at τ = 1) > h_max]·(forward KL's)",
      "Reverse KL, joined by forward KL at positions where the teacher is uncertain."};
  static constexpr ObjectiveParameter parameters[] = {
      {"h_max", 0.8, 0, 100, "nats of the teacher's entropy at τ = 1 above which forward KL joins"}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    const bool uncertain = exceeds(row, row.teacher_entropy(1), k[0]);
    return row.separable(KlMix{uncertain ? 1.0 : 0.0, 1}, row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
