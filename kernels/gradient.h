// The gradient of one divergence with respect to the student's logits, written once: (rows, vocab).
#pragma once

#include "kernels/statistics.h"

namespace tauscope {

enum class KlDirection : std::uint8_t { forward, reverse };

struct GradientSpec {
  KlDirection direction = KlDirection::forward;
  double tau = 1.0;
  TauScaling tau_scaling = TauScaling::squared;
};

/// g_FKL = c (q - p), g_RKL = c q (log q - log p - RKL), c = tau or 1/tau. `gradient`: (rows, vocab) float32 with
/// `gradient_stride` >= vocab elements a row, padding untouched. `loss` is empty or (rows): the divergence times
/// tau^2 (squared) or plain. Accuracy: 1e-5 of the row's largest entry (1e-4 for tau < 0.25) against float64.
/// Throws std::invalid_argument on shapes or temperatures out of range.
KernelReport kl_gradient(const KernelVariant& variant, const LogitsView& teacher, const LogitsView& student,
                         const GradientSpec& spec, std::span<float> gradient, std::size_t gradient_stride,
                         std::span<double> loss, const KernelOptions& options = {});

}  // namespace tauscope
