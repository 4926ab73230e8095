// One objective on one row, found by its place in the list.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_COMPUTE_ROW_INL_H_
#endif

#include "kernels/objectives/list-inl.h"
#include "kernels/objectives/row-inl.h"
#include "kernels/objectives/scalar-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// Whether an objective takes its rows as they are, so that they may be opened for it.
template <class Objective>
constexpr bool opens_rows() {
  if constexpr (requires { Objective::softens_otherwise; }) {
    return false;
  } else {
    return Objective::needs.teacher == Objective::needs.tau;
  }
}

/// One objective on one row, that may have been opened.
template <class Ops, class Objective>
RowOutcome finish_row(const RowTask& task, Row<Ops>& row, bool opened) {
  using Real = typename Ops::Real;
  Real loss = std::numeric_limits<Real>::quiet_NaN();
  const bool valid = opened || row.scan(Objective::needs.teacher);
  if (valid && !row.is_declined()) {
    const Real value = Objective::compute(row, task.parameters);
    row.restore();
    if (!row.value_holds(value)) return {.declined = true};
    loss = Real(task.value_scale) * value;
    if (task.ce_weight != 0) loss += Real(task.ce_weight) * row.cross_entropy(task.ce_weight);
  }
  if (row.is_declined()) return {.declined = true};
  if (std::isnan(loss)) row.undefined();
  row.write();
  if (valid && !row.gradient_holds()) return {.declined = true};
  return {static_cast<double>(loss), std::isnan(loss), row.is_undefined()};
}

template <class Ops, class Objective>
RowOutcome compute_row(const RowTask& task, RowMemory<typename Ops::Stored>& memory) {
  if constexpr (Ops::rounding > 0 && opens_rows<Objective>()) {
    Row<Ops> row(task, memory);
    if ((Objective::needs.teacher || task.ce_weight == 0) && row.open(Objective::needs.teacher)) {
      const RowOutcome outcome = finish_row<Ops, Objective>(task, row, true);
      if (!outcome.declined) return outcome;
    }
  }
  Row<Ops> row(task, memory);
  return finish_row<Ops, Objective>(task, row, false);
}

template <class Ops, class... Objectives>
RowOutcome compute_row(ObjectiveList<Objectives...>, const RowTask& task,
                       RowMemory<typename Ops::Stored>& memory) {
  using Function = RowOutcome (*)(const RowTask&, RowMemory<typename Ops::Stored>&);
  static constexpr Function functions[] = {&compute_row<Ops, Objectives>...};
  return functions[task.objective](task, memory);
}

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
