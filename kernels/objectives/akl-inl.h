// Adaptive KL (Wu et al. 2024, Rethinking Kullback-Leibler Divergence in Knowledge Distillation for LLMs).
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_AKL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_AKL_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_AKL_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_AKL_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/kl-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct Akl {
  static constexpr ObjectiveText text{
      "akl", "adaptive KL", "w·KL(p‖q) + (1−w)·KL(q‖p), w = g_head/(g_head + g_tail), g = Σ |p − q|",
      "w·(forward KL's) + (1−w)·(reverse KL's)",
      "More forward KL where the teacher's head is fitted worse than its tail. w is a constant for the "
      "gradient."};
  static constexpr ObjectiveParameter parameters[] = {
      {"head", 0.5, 0, 1, "mass of the teacher's head at the row's τ", true, false},
      {"crossing", 1, 0, 1,
       "1: the token that crosses the mass belongs to the head; 0: it does not, unless it is the first",
       false, false, true}};
  static constexpr ObjectiveNeeds needs{true, false, true, true};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    const auto softened = row.soften();
    const auto gap = row.gap(softened, row.head(softened, k[0], k[1] != 0));
    const double total = static_cast<double>(gap.head + gap.tail);
    const double w = total > 0 ? static_cast<double>(gap.head) / total : 0.5;
    return row.separable(KlMix{w, 1 - w}, softened);
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
