// What a decoder-only transformer is made of: one value that every family's config.json is translated to. No
// torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

class Checkpoint;

enum class NormKind { layer_norm, rms_norm };
enum class PositionKind { learned, rotary };
enum class Activation { gelu, gelu_tanh, relu, silu };

/// Rotary position embedding, pairs (i, i + head_size / 2) as in the Hugging Face weights. The plain
/// frequency of pair i is theta^(-2i / head_size); the kinds stretch it:
/// - linear: all by `factor`.
/// - dynamic (NTK): theta grows with the length of the sequence, once that is above original_context.
/// - yarn (arXiv 2309.00071): by `factor` where a wave turns less than beta_slow times in original_context,
///   not at all where it turns more than beta_fast times, a linear ramp over the pairs between.
/// - longrope (arXiv 2402.13753): pair by pair, by long_factors where the sequence is longer than
///   original_context, else by short_factors.
/// - llama3: by `factor` above a wavelength of original_context / low_frequency_factor, not at all below one
///   of original_context / high_frequency_factor, a blend between.
/// Cosine and sine are multiplied by `magnitude`, which scales the attention logits by its square.
struct RopeConfig {
  enum class Kind { standard, linear, dynamic, yarn, longrope, llama3 };
  Kind kind = Kind::standard;
  double theta = 10000.0;
  double factor = 1.0;
  double magnitude = 1.0;
  std::int64_t original_context = 0;  ///< what the model was trained on before it was stretched

  double low_frequency_factor = 1.0, high_frequency_factor = 4.0;  ///< llama3
  double beta_fast = 32.0, beta_slow = 1.0;                        ///< yarn
  bool whole_pairs = true;                          ///< yarn: the ramp starts and ends at whole pairs
  std::vector<double> short_factors, long_factors;  ///< longrope, (head_size / 2)

  bool depends_on_length() const { return kind == Kind::dynamic || kind == Kind::longrope; }
  bool operator==(const RopeConfig&) const = default;
};

/// "default", "linear", ...: the names of config.json.
const char* rope_kind_name(RopeConfig::Kind kind);

/// A decoder: x += attention(norm(x)); x += mlp(norm(x)); logits = head(norm(x)). With norm_after each norm
/// follows its sum instead: x = norm(x + attention(x)).
struct DecoderConfig {
  std::string architecture;  ///< model_type of config.json
  std::int64_t vocab = 0;    ///< rows of the embedding, padding included
  std::int64_t context = 0;  ///< longest sequence
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;         ///< divides heads; fewer = grouped-query attention
  std::int64_t head_size = 0;        ///< heads * head_size may differ from hidden
  std::int64_t inner = 0;            ///< width of the MLP
  std::int64_t embedding_width = 0;  ///< of embedding and head; projected to and from hidden where it differs

  NormKind norm = NormKind::rms_norm;
  double norm_epsilon = 1e-6;
  bool norm_after = false;
  bool norm_weights = true;  ///< false: norms neither scale nor shift
  bool final_norm = true;

  PositionKind position = PositionKind::rotary;
  std::int64_t position_offset =
      0;            ///< learned: row of position 0 in the table, which has context + offset rows
  RopeConfig rope;  ///< rotary only

  double attention_scale = 1.0;             ///< of query times key
  bool attention_scale_over_layer = false;  ///< divided by the layer's number, from 1
  bool fused_qkv = false;                   ///< one projection, its output [q | k | v]
  bool qkv_bias = false;
  bool attention_out_bias = false;
  bool query_key_norm = false;  ///< each head's query and key go through a root-mean-square norm
  /// Tokens that a token of a layer sees, itself included; 0 = all before it. Empty: 0 for all layers.
  std::vector<std::int64_t> windows;

  Activation activation = Activation::silu;
  bool gated_mlp = false;  ///< down(act(gate(x)) * up(x)) rather than down(act(up(x)))
  bool mlp_bias = false;

  bool tied_head = false;  ///< the head is the embedding, unless the file holds another one

  std::int64_t query_width() const { return heads * head_size; }
  std::int64_t kv_width() const { return kv_heads * head_size; }
  bool projected() const { return embedding_width != hidden; }
  std::int64_t window_of_layer(std::int64_t layer) const {
    return windows.empty() ? 0 : windows[static_cast<std::size_t>(layer)];
  }
  double scale_of_layer(std::int64_t layer) const {
    return attention_scale_over_layer ? attention_scale / static_cast<double>(layer + 1) : attention_scale;
  }
  bool operator==(const DecoderConfig&) const = default;
};

/// Reads a checkpoint's config.json. Throws Error::bad_input: for an architecture that is not known (the
/// answer lists those that are), and for a field that is missing, out of range or asks for something that is
/// not supported.
DecoderConfig read_decoder_config(const Checkpoint& checkpoint);
DecoderConfig read_decoder_config(const Json& config, const std::string& file);

}  // namespace tauscope
