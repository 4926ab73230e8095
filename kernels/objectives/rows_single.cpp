// The rows of every objective in vectors of float, for several instruction sets.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/objectives/rows_single.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "kernels/cpu_fast.h"
#include "kernels/objectives/compute_row-inl.h"
#include "kernels/objectives/single_lanes-inl.h"

TAUSCOPE_FORMULAS_BEGIN

RowOutcome row_in_singles(const RowTask& task, RowMemory<float>& memory) {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR
  return compute_row<SingleOps>(AllObjectives(), task, memory);
#else
  static_cast<void>(task), static_cast<void>(memory);
  return {.declined = true};
#endif
}

TAUSCOPE_FORMULAS_END;

#if HWY_ONCE
namespace tauscope::objectives {

HWY_EXPORT(row_in_singles);

RowOutcome single_row(const RowTask& task, RowMemory<float>& memory) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(row_in_singles)(task, memory);
}

}  // namespace tauscope::objectives
#endif  // HWY_ONCE
