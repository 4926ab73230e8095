// What a decoder-only transformer is made of: one value that every family's config.json is translated to. No
// torch.
#pragma once

#include <cstdint>
#include <string>

namespace tauscope {

class Checkpoint;

enum class NormKind { layer_norm, rms_norm };
enum class PositionKind { learned, rotary };
enum class Activation { gelu, gelu_tanh, relu, silu };

/// Rotary position embedding, pairs (i, i + head_size / 2) as in the Hugging Face weights. With `llama3` the
/// frequencies are stretched as Llama 3.1 does: those of wavelength above original_context /
/// low_frequency_factor by `factor`, those below original_context / high_frequency_factor not, those between
/// by a blend.
struct RopeConfig {
  enum class Kind { standard, llama3 };
  Kind kind = Kind::standard;
  double theta = 10000.0;
  double factor = 1.0;
  double low_frequency_factor = 1.0;
  double high_frequency_factor = 4.0;
  std::int64_t original_context = 0;
  bool operator==(const RopeConfig&) const = default;
};

/// A pre-norm decoder: x += attention(norm(x)); x += mlp(norm(x)); logits = head(norm(x)).
struct DecoderConfig {
  std::string architecture;  ///< model_type of config.json
  std::int64_t vocab = 0;    ///< rows of the embedding, padding included
  std::int64_t context = 0;  ///< longest sequence
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;   ///< divides heads; fewer = grouped-query attention
  std::int64_t head_size = 0;  ///< heads * head_size may differ from hidden
  std::int64_t inner = 0;      ///< width of the MLP

  NormKind norm = NormKind::rms_norm;
  double norm_epsilon = 1e-6;

  PositionKind position = PositionKind::rotary;
  std::int64_t position_offset =
      0;            ///< learned: row of position 0 in the table, which has context + offset rows
  RopeConfig rope;  ///< rotary only

  double attention_scale = 1.0;             ///< of query times key
  bool attention_scale_over_layer = false;  ///< divided by the layer's number, from 1
  bool fused_qkv = false;                   ///< one projection, its output [q | k | v]
  bool qkv_bias = false;
  bool attention_out_bias = false;

  Activation activation = Activation::silu;
  bool gated_mlp = false;  ///< down(act(gate(x)) * up(x)) rather than down(act(up(x)))
  bool mlp_bias = false;

  bool tied_head = false;  ///< the head is the embedding, unless the file holds another one

  std::int64_t query_width() const { return heads * head_size; }
  std::int64_t kv_width() const { return kv_heads * head_size; }
  double scale_of_layer(std::int64_t layer) const {
    return attention_scale_over_layer ? attention_scale / static_cast<double>(layer + 1) : attention_scale;
  }
  bool operator==(const DecoderConfig&) const = default;
};

/// Reads a checkpoint's config.json. Throws Error::bad_input: for an architecture that is not known (the
/// answer lists those that are), and for a field that is missing, out of range or asks for something that is
/// not supported.
DecoderConfig read_decoder_config(const Checkpoint& checkpoint);

}  // namespace tauscope
