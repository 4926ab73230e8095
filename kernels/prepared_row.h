// What cpu-exact knows of a row whatever tau is: scalars only, a few hundred bytes a row. The caller keeps an
// array of them between calls (KernelOptions::prepared), so that a drag over tau does not find the dominant
// set again.
#pragma once

#include "kernels/exact_passes.h"
#include "kernels/row_order.h"

namespace tauscope {

/// Filled by the first call that needs a part. One of these belongs to one pair of rows, target, dominant set
/// and overlap_k; nothing checks that.
struct PreparedRow {
  bool has_summaries = false, has_cut = false, has_ranks = false, has_overlap = false, has_first = false;
  RowSummary teacher, student;
  OrderCut cut;  ///< of the dominant set
  double rank_target_teacher = 0, rank_target_student = 0, top_k_overlap = 0;
  // At tau = 1, where float lanes were enough for all columns:
  exact::FirstSums first;
  double first_u_l2 = 0, first_v_l2 = 0;  ///< squares of the gradients' norms, without factor
};

}  // namespace tauscope
