// Which kernel variant computes, from what the user asked for: a name, a mode, a device.
#pragma once

#include <string>

#include "kernels/statistics.h"

namespace tauscope {

struct KernelChoice {
  const KernelVariant* variant = nullptr;
  int device = -1;  ///< of a CUDA variant: its number; -1 = the current one
};

/// `name`: empty = the best of `mode` ("exact" | "fast") on the device. `device`: "auto" (the variant's own,
/// else the CPU, where logits from files are), "cpu", "cuda" or "cuda:i"; logits from the host are then
/// copied there, a chunk at a time. Throws Error::usage naming --variant or --device where there is no such
/// variant, where it cannot run here, or where the two contradict each other.
KernelChoice choose_kernel(const std::string& name, const std::string& mode, const std::string& device);

}  // namespace tauscope
