// The rows of every objective in vectors of float, for several instruction sets.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/objectives/rows_single.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "kernels/cpu_fast.h"
#include "kernels/objectives/compute_row-inl.h"
#include "kernels/objectives/single_opening-inl.h"

#undef TAUSCOPE_SINGLE_ROWS
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR
#define TAUSCOPE_SINGLE_ROWS 1
#else
#define TAUSCOPE_SINGLE_ROWS 0
#endif

TAUSCOPE_FORMULAS_BEGIN

bool has_single_rows() {
  return TAUSCOPE_SINGLE_ROWS != 0;
}

RowOutcome row_in_singles(const RowTask& task, RowMemory<float>& memory) {
#if TAUSCOPE_SINGLE_ROWS
  return compute_row<SingleOps>(AllObjectives(), task, memory);
#else
  static_cast<void>(task), static_cast<void>(memory);
  return {.declined = true};
#endif
}

TAUSCOPE_FORMULAS_END;

#if HWY_ONCE
namespace tauscope::objectives {

HWY_EXPORT(has_single_rows);
HWY_EXPORT(row_in_singles);

bool single_rows_available() {
  return HWY_DYNAMIC_DISPATCH(has_single_rows)();
}

RowOutcome single_row(const RowTask& task, RowMemory<float>& memory) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(row_in_singles)(task, memory);
}

}  // namespace tauscope::objectives
#endif  // HWY_ONCE
