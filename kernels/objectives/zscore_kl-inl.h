// Logit standardisation (Sun et al. 2024, arXiv 2403.01427): forward KL of the z-scores of the logits.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ZSCORE_KL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ZSCORE_KL_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ZSCORE_KL_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ZSCORE_KL_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/kl-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct ZscoreKl {
  static constexpr ObjectiveText text{
      "zscore-kl", "logit standardisation", "KL(p‖q) of z-scored logits: (z − mean)/sd, sd with divisor V",
      "(u_j − z̃_j·mean(u z̃))/(τ sd_S), u = q − p, z̃ the student's z-scores",
      "Only the shape of the logits is matched, not their scale. A row whose logits are all equal has none: "
      "NaN."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{};
  static constexpr bool softens_otherwise = true;  ///< at the scales of its rows' moments
  static constexpr bool rescales = true;           ///< which differ

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    const auto teacher = row.teacher_moments(), student = row.student_moments();
    if (!(teacher.deviation > 0) || !(student.deviation > 0)) return row.undefined();
    const auto softened = row.soften(row.scale() / teacher.deviation, row.scale() / student.deviation);
    return row.standardised(KlMix{1, 0}, softened, student);
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
