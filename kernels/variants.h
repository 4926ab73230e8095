// The registry's inside: one accessor per implementation. Users go through kernel_variants() and
// find_kernel_variant().
#pragma once

#include "kernels/statistics.h"

namespace tauscope {

const KernelVariant* reference_variant();
const KernelVariant* cpu_exact_variant();
const KernelVariant* cpu_fast_variant();
const KernelVariant* cuda_exact_variant();
const KernelVariant* cuda_fast_variant();

}  // namespace tauscope
