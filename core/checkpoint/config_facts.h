// What a config.json says about a decoder, whatever names its family uses for it. For people to read: models
// are built from core/model's own, stricter reading, which also says what is computed with (describe_model).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

/// What is absent or unusable is empty; unusable values are listed in `problems`.
struct ConfigFacts {
  std::string model_type;
  std::string architecture;  ///< architectures[0]
  std::optional<std::int64_t> layers, hidden, inner, heads, kv_heads, head_size, vocab, context;
  std::optional<std::int64_t> embedding_width;  ///< where it is known to differ or not from hidden
  std::string activation;
  bool gated = false;        ///< the MLP
  std::string position;      ///< "learned", "rotary, theta 10000"; "" = not known
  std::string attention;     ///< what is particular about it; "" = nothing
  std::string window;        ///< the sliding window in words; "" = none
  std::string norm;          ///< "" = not known
  std::string stated_dtype;  ///< dtype, or torch_dtype of older files
  std::optional<bool> tied_stated;
  bool tied = false;  ///< as stated, else the family's default where that is known
  bool quantized = false;
  std::vector<std::string> problems;
};

/// Tolerant, for any family.
ConfigFacts read_config_facts(const Json& config, const std::string& file);

}  // namespace tauscope
