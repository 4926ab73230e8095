// From the sums that the CUDA kernels of `exact` leave (tauscope_cuda.h) to columns: a few operations a cell,
// on the host.
#pragma once

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/statistics.h"

namespace tauscope::cuda_host {

/// One row at one tau, as the kernel left it.
struct ExactCell {
  const tauscope_cuda_exact_row* row = nullptr;
  const tauscope_cuda_exact_sums* sums = nullptr;
};

/// Whether the divergence without the target cancels or underflows in the cell's sums, so that they are
/// wanted once more with the target masked.
bool wants_rest(const ExactCell& cell, const StatisticsSpec& spec, std::int64_t target, double tau);

/// All columns of the spec's set. `rest`: the cell with the target masked, where wants_rest() says so, else
/// null.
RowStatistics finish_exact(const ExactCell& cell, const StatisticsSpec& spec, std::int64_t target, double tau,
                           const ExactCell* rest);

}  // namespace tauscope::cuda_host
