// Every objective, in the order of math.md. Adding one: its file above, its name below.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_LIST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_LIST_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_LIST_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_LIST_INL_H_
#endif

#include "kernels/objectives/ab-inl.h"
#include "kernels/objectives/akl-inl.h"
#include "kernels/objectives/ce-inl.h"
#include "kernels/objectives/dkd-inl.h"
#include "kernels/objectives/eopd-inl.h"
#include "kernels/objectives/jsd-inl.h"
#include "kernels/objectives/kl-inl.h"
#include "kernels/objectives/mse-inl.h"
#include "kernels/objectives/skew-inl.h"
#include "kernels/objectives/todi-inl.h"
#include "kernels/objectives/tvd-inl.h"
#include "kernels/objectives/zscore_kl-inl.h"

TAUSCOPE_FORMULAS_BEGIN

template <class... Objectives>
struct ObjectiveList {
  static constexpr int size = sizeof...(Objectives);
};

using AllObjectives = ObjectiveList<ForwardKl, ReverseKl, Jeffreys, Jsd, Skl, Srkl, Tvd, Ab, Akl, Todi, Dkd,
                                    Eopd, Mse, ZscoreKl, Ce>;

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
