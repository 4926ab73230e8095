// The CUDA kernels on logits that are on the device already, as a model on a GPU leaves them:
// LogitsView::data is a device address here. The stream is a cudaStream_t as void* (a framework's current
// one, so that the kernels run behind what wrote the logits); null is the default stream.
#pragma once

#include "kernels/gradient.h"
#include "kernels/statistics.h"

namespace tauscope {

/// Statistics as KernelVariant::statistics gives them. Logits on the device, targets and `out` on the host.
/// Returns when `out` is filled. Throws std::invalid_argument as the variants do, std::runtime_error where
/// the device fails. `exact`: what cpu-exact computes, in double; else what cpu-fast computes, with rows that
/// fail a test done by exact.
KernelReport cuda_statistics(bool exact, const StatisticsInput& on_device, const StatisticsSpec& spec,
                             std::span<RowStatistics> out, void* stream = nullptr);

/// kl_gradient with everything on the device; `loss` is (rows) or null. Returns once the work is queued.
void cuda_kl_gradient(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec,
                      float* gradient, std::size_t gradient_stride, double* loss, void* stream = nullptr);

/// "sm_90": what the current device is. Throws where there is none.
std::string cuda_target();

}  // namespace tauscope
