// The known architectures: how each spells its config and names its tensors. One file per family; no torch.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/model/decoder_config.h"

namespace tauscope {

/// Names of a projection's or a norm's tensors in the file; an empty name: there is no such tensor.
struct WeightNames {
  std::string weight, bias;
};

struct LayerNames {
  WeightNames attention_norm;
  WeightNames qkv;                ///< where they are fused …
  WeightNames query, key, value;  ///< … and where not
  WeightNames attention_out;
  WeightNames mlp_norm;
  WeightNames gate, up, down;
};

/// Every tensor that a model of this config has.
struct DecoderNames {
  std::string token_embedding, position_embedding;
  std::vector<LayerNames> layers;
  WeightNames final_norm;
  std::string head;
  bool input_major = false;  ///< projections in layers are stored (in, out), as GPT-2's Conv1D has them
};

struct Family {
  std::string_view model_type;
  std::string_view base_prefix;  ///< of all tensors but the head; a file of the bare base model is without it
  DecoderConfig (*read_config)(const JsonFields& fields);
  DecoderNames (*names)(const DecoderConfig& config, const std::string& prefix);
  /// Tensors that some versions wrote and that hold no weights (masks, tables). `name` is without the prefix.
  bool (*holds_no_weights)(std::string_view name);
};

Family gpt2_family();
Family llama_family();

/// All of them, by model_type.
std::span<const Family> families();

/// Throws Error::bad_input, listing the known ones.
const Family& family_of(const Checkpoint& checkpoint);

namespace detail {

// Bounds that no real model exceeds, small enough that no product of sizes overflows 64 bits.
inline constexpr std::int64_t largest_width = std::int64_t{1} << 20;
inline constexpr std::int64_t largest_vocab = std::int64_t{1} << 24;
inline constexpr std::int64_t longest_context = std::int64_t{1} << 26;
inline constexpr std::int64_t most_layers = 4096;

/// A size: an integer from 1 to `largest`.
std::int64_t read_size(const JsonFields& fields, const std::string& key,
                       std::int64_t largest = largest_width);
std::int64_t read_size_or(const JsonFields& fields, const std::string& key, std::int64_t fallback,
                          std::int64_t largest = largest_width);
double read_epsilon(const JsonFields& fields, const std::string& key, double fallback);

/// The activation of `key` by its Hugging Face name, if it is among `known`.
Activation read_activation(const JsonFields& fields, const std::string& key, const std::string& fallback,
                           std::span<const std::string_view> known);

/// rope_parameters, or rope_theta with rope_scaling as before transformers 5. Kinds that are not supported
/// are refused by name.
RopeConfig read_rope(const JsonFields& fields, std::int64_t context, double default_theta);

/// The config has `key` with another value than `supported`: refused by name.
void require_boolean(const JsonFields& fields, const std::string& key, bool supported);

/// heads, kv_heads and head_size against each other and against hidden.
void check_heads(const JsonFields& fields, const DecoderConfig& config);

}  // namespace detail
}  // namespace tauscope
