// LLaMA 1 to 3 (Touvron et al. 2023 and later), as transformers' LlamaForCausalLM stores it.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/model/family.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  DecoderConfig c;
  c.vocab = detail::read_size(fields, "vocab_size", detail::largest_vocab);
  c.context = detail::read_size_or(fields, "max_position_embeddings", 2048, detail::longest_context);
  c.hidden = detail::read_size(fields, "hidden_size");
  c.layers = detail::read_size(fields, "num_hidden_layers", detail::most_layers);
  c.heads = detail::read_size(fields, "num_attention_heads");
  c.kv_heads = detail::read_size_or(fields, "num_key_value_heads", c.heads);
  c.inner = detail::read_size(fields, "intermediate_size");
  if (!fields.has("head_dim") && c.hidden % c.heads != 0)
    throw Error::bad_input(fields.file(),
                           "hidden_size is no multiple of num_attention_heads, and head_dim is absent")
        .field(fields.path_of("hidden_size"))
        .found(fmt::format("hidden_size {}, num_attention_heads {}", c.hidden, c.heads));
  c.head_size = detail::read_size_or(fields, "head_dim", c.hidden / c.heads);

  c.norm = NormKind::rms_norm;
  c.norm_epsilon = detail::read_epsilon(fields, "rms_norm_eps", 1e-6);
  c.position = PositionKind::rotary;
  c.rope = detail::read_rope(fields, c.context, 10000.0);

  c.attention_scale = 1.0 / std::sqrt(static_cast<double>(c.head_size));
  c.qkv_bias = c.attention_out_bias = fields.boolean_or("attention_bias", false);

  static constexpr std::array<std::string_view, 2> known = {"silu", "swish"};
  c.activation = detail::read_activation(fields, "hidden_act", "silu", known);
  c.gated_mlp = true;
  c.mlp_bias = fields.boolean_or("mlp_bias", false);
  c.tied_head = fields.boolean_or("tie_word_embeddings", false);
  detail::check_heads(fields, c);
  return c;
}

WeightNames linear(const std::string& stem, bool bias) {
  return {stem + ".weight", bias ? stem + ".bias" : std::string()};
}

DecoderNames names(const DecoderConfig& config, const std::string& prefix) {
  DecoderNames all;
  all.token_embedding = prefix + "embed_tokens.weight";
  all.final_norm = linear(prefix + "norm", false);
  all.head = "lm_head.weight";
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string stem = fmt::format("{}layers.{}.", prefix, i);
    LayerNames layer;
    layer.attention_norm = linear(stem + "input_layernorm", false);
    layer.query = linear(stem + "self_attn.q_proj", config.qkv_bias);
    layer.key = linear(stem + "self_attn.k_proj", config.qkv_bias);
    layer.value = linear(stem + "self_attn.v_proj", config.qkv_bias);
    layer.attention_out = linear(stem + "self_attn.o_proj", config.attention_out_bias);
    layer.mlp_norm = linear(stem + "post_attention_layernorm", false);
    layer.gate = linear(stem + "mlp.gate_proj", config.mlp_bias);
    layer.up = linear(stem + "mlp.up_proj", config.mlp_bias);
    layer.down = linear(stem + "mlp.down_proj", config.mlp_bias);
    all.layers.push_back(std::move(layer));
  }
  return all;
}

bool holds_no_weights(std::string_view name) {
  return name.ends_with("rotary_emb.inv_freq");
}

}  // namespace

Family llama_family() {
  return {"llama", "model.", read_config, names, holds_no_weights};
}

}  // namespace tauscope
