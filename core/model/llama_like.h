// What LLaMA and the families that grew out of it share: root-mean-square norms, rotary positions, a gated
// MLP, separate projections, and the names of the tensors.
#pragma once

#include <optional>
#include <string>

#include "core/base/json.h"
#include "core/model/family.h"

namespace tauscope::detail {

/// What transformers assumes where config.json is silent.
struct LlamaDefaults {
  std::int64_t context = 2048;
  std::optional<std::int64_t> kv_heads;   ///< empty: as many as heads. (A stated null always means that.)
  std::optional<std::int64_t> head_size;  ///< empty: hidden / heads
};

/// Everything but biases, norms of queries and keys, and windows.
DecoderConfig read_llama_like(const JsonFields& fields, const LlamaDefaults& defaults);

DecoderNames llama_like_names(const DecoderConfig& config, const std::string& prefix);
bool llama_like_holds_no_weights(std::string_view name);

}  // namespace tauscope::detail
