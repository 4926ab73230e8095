// What a config.json says about a decoder, whatever names its family uses for it. For people to read: models
// are built from core/model's own, stricter reading.
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
  std::string activation;
  std::string position;  ///< "learned", "rotary, theta 10000", "rotary, llama3 scaling by 8, theta 500000"
  std::string stated_dtype;  ///< dtype, or torch_dtype of older files
  std::optional<bool> tied_stated;
  bool tied = false;  ///< as stated, else the family's default
  bool attention_bias = false, mlp_bias = false;
  bool quantized = false;
  std::vector<std::string> problems;
};

ConfigFacts read_config_facts(const Json& config, const std::string& file);

}  // namespace tauscope
