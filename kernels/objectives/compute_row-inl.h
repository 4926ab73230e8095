// One objective on one row, found by its place in the list.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#endif

#include "kernels/objectives/list-inl.h"
#include "kernels/objectives/row-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// One objective on one row.
template <class Ops, class Objective>
RowOutcome compute_row(const RowTask& task, RowMemory<typename Ops::Real>& memory) {
  using Real = typename Ops::Real;
  Row<Ops> row(task, memory);
  Real loss = std::numeric_limits<Real>::quiet_NaN();
  if (row.scan(Objective::needs.teacher)) {
    loss = Real(task.value_scale) * Objective::compute(row, task.parameters);
    row.restore();
    if (task.ce_weight != 0) loss += Real(task.ce_weight) * row.cross_entropy(task.ce_weight);
  }
  if (std::isnan(loss)) row.undefined();
  row.write();
  return {static_cast<double>(loss), std::isnan(loss), row.is_undefined()};
}

template <class Ops, class... Objectives>
RowOutcome compute_row(ObjectiveList<Objectives...>, const RowTask& task,
                       RowMemory<typename Ops::Real>& memory) {
  using Function = RowOutcome (*)(const RowTask&, RowMemory<typename Ops::Real>&);
  static constexpr Function functions[] = {&compute_row<Ops, Objectives>...};
  return functions[task.objective](task, memory);
}

/// One lane of a scalar.
template <class T>
struct ScalarOps {
  using Real = T;
  using Lanes = T;
  static constexpr std::size_t lanes = 1;
  static TAUSCOPE_HD T load(const float* p) { return static_cast<T>(*p); }
  static TAUSCOPE_HD T load_real(const T* p) { return *p; }
  static TAUSCOPE_HD void store(T x, T* p) { *p = x; }
  static TAUSCOPE_HD T sum(T x) { return x; }
  static TAUSCOPE_HD T index(std::size_t i) { return static_cast<T>(i); }
  template <class Visit>
  static TAUSCOPE_HD void each(T x, const Visit& visit) {
    visit(x);
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
