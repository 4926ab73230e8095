// What a checkpoint's family makes of it. Families are core/model's, which stands above this folder:
// `inspect` is handed the function.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/config_facts.h"
#include "core/checkpoint/tensor_layout.h"

namespace tauscope {

struct ModelDescription {
  ConfigFacts facts;  ///< what is computed with, defaults of the family included
  std::function<TensorLayout(const Checkpoint&)> layout;
  std::vector<std::string> remarks;  ///< what is odd about the config and does no harm
};

/// Throws Error if no model can be built from the config, as loading it would.
using DescribeModel = std::function<ModelDescription(const Json& config, const std::string& file)>;

}  // namespace tauscope
