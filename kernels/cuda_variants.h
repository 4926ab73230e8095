// Inside of kl_gradient: the gradient of host logits by the CUDA kernels, a chunk of rows at a time.
#pragma once

#include "kernels/gradient.h"

namespace tauscope {

/// As kl_gradient, whose arguments have been checked; `name` is the variant's.
KernelReport cuda_gradient_of_host(const std::string& name, const LogitsView& teacher,
                                   const LogitsView& student, const GradientSpec& spec,
                                   std::span<float> gradient, std::size_t gradient_stride,
                                   std::span<double> loss, const KernelOptions& options);

}  // namespace tauscope
