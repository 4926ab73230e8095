#include "core/model/llama_like.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"
#include "core/model/config_reading.h"

namespace tauscope::detail {
namespace {

std::int64_t read_kv_heads(const JsonFields& fields, std::int64_t heads,
                           const std::optional<std::int64_t>& fallback) {
  const std::string key = "num_key_value_heads";
  const bool stated = fields.json().contains(key);
  const std::int64_t kv_heads = read_size_or(fields, key, !stated && fallback ? *fallback : heads);
  if (heads % kv_heads != 0)
    throw Error::bad_input(fields.file(),
                           "the number of heads is no multiple of the number of key-value heads")
        .field(fields.path_of(key))
        .found(fmt::format("{} heads, {} key-value heads{}", heads, kv_heads,
                           stated ? "" : " (the default of this architecture)"))
        .expected("a divisor of num_attention_heads")
        .remedy(compare_with_source);
  return kv_heads;
}

std::int64_t read_head_size(const JsonFields& fields, std::int64_t hidden, std::int64_t heads,
                            const std::optional<std::int64_t>& fallback) {
  const std::string key = "head_dim";
  const std::int64_t size = fields.has(key) ? read_size(fields, key)
                            : fallback
                                ? *fallback
                                : divide_heads(fields, "hidden_size", "num_attention_heads", hidden, heads);
  if (size % 2 != 0)
    throw Error::bad_input(fields.file(), "rotary positions need an even head size")
        .field(fields.path_of(key))
        .found(std::to_string(size))
        .expected("an even number")
        .remedy(compare_with_source);
  return size;
}

}  // namespace

DecoderConfig read_llama_like(const JsonFields& fields, const LlamaDefaults& defaults) {
  DecoderConfig c;
  c.vocab = read_size(fields, "vocab_size", largest_vocab);
  c.hidden = c.embedding_width = read_size(fields, "hidden_size");
  c.layers = read_size(fields, "num_hidden_layers", most_layers);
  c.heads = read_size(fields, "num_attention_heads");
  c.kv_heads = read_kv_heads(fields, c.heads, defaults.kv_heads);
  c.head_size = read_head_size(fields, c.hidden, c.heads, defaults.head_size);
  c.inner = read_size(fields, "intermediate_size");

  c.norm = NormKind::rms_norm;
  c.norm_epsilon = read_epsilon(fields, "rms_norm_eps", 1e-6);
  c.position = PositionKind::rotary;
  const std::int64_t context =
      read_size_or(fields, "max_position_embeddings", defaults.context, longest_context);
  c.rope = read_rope(fields, context, c.head_size);
  c.context = stretched_context(c.rope, context);

  c.attention_scale = 1.0 / std::sqrt(static_cast<double>(c.head_size));
  c.activation = read_activation(fields, "hidden_act", "silu");
  c.gated_mlp = true;
  c.tied_head = fields.boolean_or("tie_word_embeddings", false);
  return c;
}

DecoderNames llama_like_names(const DecoderConfig& config, const std::string& prefix) {
  DecoderNames all;
  all.token_embedding = prefix + "embed_tokens.weight";
  all.final_norm = WeightNames::of(prefix + "norm", false);
  all.head = "lm_head.weight";
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string stem = fmt::format("{}layers.{}.", prefix, i);
    LayerNames layer;
    layer.attention_norm = WeightNames::of(stem + "input_layernorm", false);
    layer.query = WeightNames::of(stem + "self_attn.q_proj", config.qkv_bias);
    layer.key = WeightNames::of(stem + "self_attn.k_proj", config.qkv_bias);
    layer.value = WeightNames::of(stem + "self_attn.v_proj", config.qkv_bias);
    layer.query_norm = WeightNames::of(stem + "self_attn.q_norm", false);
    layer.key_norm = WeightNames::of(stem + "self_attn.k_norm", false);
    layer.attention_out = WeightNames::of(stem + "self_attn.o_proj", config.attention_out_bias);
    layer.mlp_norm = WeightNames::of(stem + "post_attention_layernorm", false);
    layer.mlp.gate = WeightNames::of(stem + "mlp.gate_proj", config.mlp_bias);
    layer.mlp.up = WeightNames::of(stem + "mlp.up_proj", config.mlp_bias);
    layer.mlp.down = WeightNames::of(stem + "mlp.down_proj", config.mlp_bias);
    all.layers.push_back(std::move(layer));
  }
  return all;
}

bool llama_like_holds_no_weights(std::string_view name) {
  return name.ends_with("rotary_emb.inv_freq");
}

}  // namespace tauscope::detail
