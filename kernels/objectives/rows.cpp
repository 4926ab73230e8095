// The rows of every objective in vectors of double, for several instruction sets, and in long double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/objectives/rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "kernels/objectives/compute_row-inl.h"
#include "kernels/objectives/double_lanes-inl.h"

TAUSCOPE_FORMULAS_BEGIN

RowOutcome row_in_vectors(const RowTask& task, RowMemory<double>& memory) {
  return compute_row<DoubleOps>(AllObjectives(), task, memory);
}

const char* target_of_vectors() {
  return hwy::TargetName(HWY_TARGET);
}

TAUSCOPE_FORMULAS_END;

#if HWY_ONCE
namespace tauscope::objectives {

HWY_EXPORT(row_in_vectors);
HWY_EXPORT(target_of_vectors);

RowOutcome vector_row(const RowTask& task, RowMemory<double>& memory) {
  return HWY_DYNAMIC_DISPATCH(row_in_vectors)(task, memory);
}

const char* vector_row_target() {
  return HWY_DYNAMIC_DISPATCH(target_of_vectors)();
}

RowOutcome reference_row(const RowTask& task, RowMemory<long double>& memory) {
  using HWY_NAMESPACE::AllObjectives, HWY_NAMESPACE::ScalarOps;
  return HWY_NAMESPACE::compute_row<ScalarOps<long double>>(AllObjectives(), task, memory);
}

}  // namespace tauscope::objectives
#endif  // HWY_ONCE
