#include "kernels/variants.h"

namespace tauscope {

std::span<const KernelVariant* const> kernel_variants() {
  static const KernelVariant* const all[] = {
      cpu_exact_variant(),
      reference_variant(),
      cpu_fast_variant(),
      // Behind the CPU's: with logits on the host the copy costs more than it gains.
      cuda_exact_variant(),
      cuda_fast_variant(),
  };
  return all;
}

const KernelVariant* find_kernel_variant(const std::string& name, const std::string& mode) {
  for (const KernelVariant* variant : kernel_variants()) {
    const bool wanted =
        name.empty() ? variant->mode() == mode && variant->supported() : variant->name() == name;
    if (wanted) return variant;
  }
  return nullptr;
}

}  // namespace tauscope
