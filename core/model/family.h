// The known architectures: how each spells its config and names its tensors. One file per family; no torch.
#pragma once

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

  /// STEM.weight, and STEM.bias where there is a bias.
  static WeightNames of(const std::string& stem, bool with_bias) {
    return {stem + ".weight", with_bias ? stem + ".bias" : std::string()};
  }
};

struct MlpNames {
  WeightNames gate, up, down;
};

struct LayerNames {
  WeightNames attention_norm;
  WeightNames qkv;                ///< where they are fused …
  WeightNames query, key, value;  ///< … and where not
  WeightNames query_norm, key_norm;
  WeightNames attention_out;
  WeightNames mlp_norm;
  MlpNames mlp;
};

/// Every tensor that a model of this config has.
struct DecoderNames {
  std::string token_embedding, position_embedding;
  WeightNames project_in, project_out;
  std::vector<LayerNames> layers;
  WeightNames final_norm;
  std::string head;
  bool is_bare = false;      ///< the names are without the family's prefix
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
Family opt_family();
Family llama_family();
Family mistral_family();
Family qwen2_family();
Family qwen3_family();

/// All of them.
std::span<const Family> families();

/// Throws Error::bad_input, listing the known ones.
const Family& family_of(const JsonFields& config);
const Family& family_of(const Checkpoint& checkpoint);

/// The names that a checkpoint uses: with its family's prefix, or without where it is a file of the bare base
/// model.
DecoderNames names_in(const Checkpoint& checkpoint, const DecoderConfig& config);

}  // namespace tauscope
