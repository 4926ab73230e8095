// What the families' config readers have in common: checked values, each refused by file, field, what was
// found and what is possible.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/model/decoder_config.h"

namespace tauscope::detail {

// Bounds that no real model exceeds, small enough that no product of sizes overflows 64 bits.
inline constexpr std::int64_t largest_width = std::int64_t{1} << 20;
inline constexpr std::int64_t largest_vocab = std::int64_t{1} << 24;
inline constexpr std::int64_t longest_context = std::int64_t{1} << 26;
inline constexpr std::int64_t most_layers = 4096;

// What to do about a config.
inline constexpr const char* ignoring_is_wrong =
    "use a checkpoint without it: its logits would be wrong if it were ignored";
inline constexpr const char* compare_with_source =
    "compare config.json with the one at the checkpoint's source";

/// A size: an integer from 1 to `largest`.
std::int64_t read_size(const JsonFields& fields, const std::string& key,
                       std::int64_t largest = largest_width);
std::int64_t read_size_or(const JsonFields& fields, const std::string& key, std::int64_t fallback,
                          std::int64_t largest = largest_width);
double read_positive(const JsonFields& fields, const std::string& key);
double read_positive_or(const JsonFields& fields, const std::string& key, double fallback);
double read_epsilon(const JsonFields& fields, const std::string& key, double fallback);

/// The activation of `key` by its Hugging Face name.
Activation read_activation(const JsonFields& fields, const std::string& key, const std::string& fallback);

/// rope_parameters, or rope_theta with rope_scaling as before transformers 5. Kinds that are not supported
/// are refused by name. `context` is config's max_position_embeddings.
RopeConfig read_rope(const JsonFields& fields, std::int64_t context, std::int64_t head_size);

/// Positions that a model may be asked for: max_position_embeddings, and beyond it where the scaling says how
/// far.
std::int64_t stretched_context(const RopeConfig& rope, std::int64_t context);

/// sliding_window: null is none (0); transformers takes 4096 where it is absent.
std::int64_t read_window(const JsonFields& fields);

/// DecoderConfig::windows from a list of layer_types ("full_attention", "sliding_attention").
std::vector<std::int64_t> read_layer_types(const JsonFields& fields, std::int64_t layers,
                                           std::int64_t window);

/// DecoderConfig::windows as Qwen states them: use_sliding_window, sliding_window, and layer_types or
/// max_window_layers, the first layer that has one.
std::vector<std::int64_t> read_qwen_windows(const JsonFields& fields, std::int64_t layers);

/// The config has `key` with another value than `supported`: refused by name.
void require_boolean(const JsonFields& fields, const std::string& key, bool supported);

/// hidden as heads * head_size, for families that have no head_dim.
std::int64_t divide_heads(const JsonFields& fields, const std::string& hidden_key,
                          const std::string& heads_key, std::int64_t hidden, std::int64_t heads);

/// Fields of a config that are neither read by any family nor known to leave the logits alone.
std::vector<std::string> unread_keys(const JsonFields& fields);

/// Fields that models of other code bases use to change the forward pass, and quantised weights.
void refuse_unsupported(const JsonFields& fields);

}  // namespace tauscope::detail
