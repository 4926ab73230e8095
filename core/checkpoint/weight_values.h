// What is wrong with numbers themselves: a training run that diverged leaves NaN, a damaged copy anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"

namespace tauscope {

struct NonFinite {
  std::int64_t nan = 0, infinite = 0;
};

/// Of F64, F32, F16 and BF16 tensors; 0 for other types.
NonFinite count_non_finite(const TensorEntry& tensor);

/// One sentence for each thing that is wrong: tensors (buffers left out) with values that are not finite, and
/// files of torch.save whose bytes do not have their checksums. Reads every byte.
std::vector<std::string> weight_value_problems(const Checkpoint& checkpoint);

}  // namespace tauscope
