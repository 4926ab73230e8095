// Which variants a test program goes through: every one that this machine supports, or, in the programs that
// link the stand-in for CUDA, those of that device (TAUSCOPE_TEST_DEVICE).
#pragma once

#include <string>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope::test {

inline std::vector<const KernelVariant*> tested_variants() {
  std::vector<const KernelVariant*> variants;
  for (const KernelVariant* variant : kernel_variants()) {
#ifdef TAUSCOPE_TEST_DEVICE
    if (variant->device() != TAUSCOPE_TEST_DEVICE) continue;
#endif
    if (variant->supported()) variants.push_back(variant);
  }
  return variants;
}

/// Names of the tested variants of the exact mode, the reference aside: what objectives are computed with.
inline std::vector<std::string> tested_exact_variants() {
  std::vector<std::string> names;
  for (const KernelVariant* variant : tested_variants()) {
    if (variant->mode() == "exact" && variant->name() != "reference") names.push_back(variant->name());
  }
  return names;
}

/// The variant of the fast mode that is tested.
inline const KernelVariant* tested_fast_variant() {
#ifdef TAUSCOPE_TEST_DEVICE
  return find_kernel_variant(std::string(TAUSCOPE_TEST_DEVICE) + "-fast");
#else
  return find_kernel_variant("cpu-fast");
#endif
}

}  // namespace tauscope::test
