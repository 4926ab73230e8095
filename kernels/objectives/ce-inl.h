// Cross entropy with the label, the language-model loss.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_CE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_CE_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_CE_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_CE_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

struct Ce {
  static constexpr ObjectiveText text{"ce", "cross entropy with the label", "−log q_y at τ = 1",
                                      "q_j − 1[j = y]",
                                      "The next token itself as the teacher. No temperature, no teacher."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{false, true, false};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    row.clear_gradient();
    return row.cross_entropy(row.factor());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
