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
  exact::FirstSums first;  ///< over the row at tau = 1
  bool first_has_cut = false, first_is_single = false;
};

}  // namespace tauscope
