// What the CUDA kernels of `exact` leave of a row (tauscope_cuda.h), as the CPU's finish takes it.
#pragma once

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/exact_finish.h"

namespace tauscope::cuda_host {

/// One row, at any of the temperatures that there are sums for.
class DeviceExactRow {
 public:
  /// `target`: -1 where there is none, or where it was masked.
  DeviceExactRow(const tauscope_cuda_exact_row& row, const exact::Plan& plan, std::int64_t target);

  /// Whether the row is wanted again with the target masked.
  bool wants_rest(const tauscope_cuda_exact_sums& sums, double tau) const;

  exact::Evaluated evaluate(const tauscope_cuda_exact_sums& sums, double tau) const;

  /// The plan's columns; all NaN where the row is not valid. `rest`: the row with the target masked, where
  /// wants_rest() says so, else null.
  RowStatistics columns(const tauscope_cuda_exact_sums& sums, double tau, const exact::Evaluated* rest) const;

 private:
  bool has_decoupled() const { return plan_.decoupled && facts_.has_target(); }

  const tauscope_cuda_exact_row& row_;
  const exact::Plan& plan_;
  exact::RowFacts facts_;
  exact::Cell first_;  // of the specials alone, at tau = 1
};

}  // namespace tauscope::cuda_host
