// GPT-2 (Radford et al. 2019), as transformers' GPT2LMHeadModel stores it.
#include <fmt/format.h>

#include <cmath>

#include "core/model/config_reading.h"
#include "core/model/family.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  DecoderConfig c;
  c.vocab = detail::read_size(fields, "vocab_size", detail::largest_vocab);
  c.context = detail::read_size_or(fields, "n_positions", 1024, detail::longest_context);
  c.hidden = c.embedding_width = detail::read_size(fields, "n_embd");
  c.layers = detail::read_size(fields, "n_layer", detail::most_layers);
  c.heads = c.kv_heads = detail::read_size(fields, "n_head");
  c.inner = detail::read_size_or(fields, "n_inner", 4 * c.hidden);
  c.head_size = detail::divide_heads(fields, "n_embd", "n_head", c.hidden, c.heads);

  c.norm = NormKind::layer_norm;
  c.norm_epsilon = detail::read_epsilon(fields, "layer_norm_epsilon", 1e-5);
  c.position = PositionKind::learned;

  if (fields.boolean_or("scale_attn_weights", true))
    c.attention_scale = 1.0 / std::sqrt(static_cast<double>(c.head_size));
  c.attention_scale_over_layer = fields.boolean_or("scale_attn_by_inverse_layer_idx", false);
  c.fused_qkv = c.qkv_bias = c.attention_out_bias = c.mlp_bias = true;

  c.activation = detail::read_activation(fields, "activation_function", "gelu_new");
  detail::require_boolean(fields, "add_cross_attention", false);
  c.tied_head = fields.boolean_or("tie_word_embeddings", true);
  return c;
}

DecoderNames names(const DecoderConfig& config, const std::string& prefix) {
  DecoderNames all;
  all.input_major = true;
  all.token_embedding = prefix + "wte.weight";
  all.position_embedding = prefix + "wpe.weight";
  all.final_norm = WeightNames::of(prefix + "ln_f", true);
  all.head = "lm_head.weight";
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string stem = fmt::format("{}h.{}.", prefix, i);
    LayerNames layer;
    layer.attention_norm = WeightNames::of(stem + "ln_1", true);
    layer.qkv = WeightNames::of(stem + "attn.c_attn", true);
    layer.attention_out = WeightNames::of(stem + "attn.c_proj", true);
    layer.mlp_norm = WeightNames::of(stem + "ln_2", true);
    layer.mlp.up = WeightNames::of(stem + "mlp.c_fc", true);
    layer.mlp.down = WeightNames::of(stem + "mlp.c_proj", true);
    all.layers.push_back(std::move(layer));
  }
  return all;
}

bool holds_no_weights(std::string_view name) {
  return name.starts_with("h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
}

}  // namespace

Family gpt2_family() {
  return {"gpt2", "transformer.", read_config, names, holds_no_weights};
}

}  // namespace tauscope
