// OPT (arXiv 2205.01068), as transformers' OPTForCausalLM stores it. All sizes: 350m, alone, has its norms
// after the sums and an embedding narrower than its layers.
#include <fmt/format.h>

#include <cmath>

#include "core/model/config_reading.h"
#include "core/model/family.h"

namespace tauscope {
namespace {

DecoderConfig read_config(const JsonFields& fields) {
  DecoderConfig c;
  c.vocab = detail::read_size(fields, "vocab_size", detail::largest_vocab);
  c.context = detail::read_size_or(fields, "max_position_embeddings", 2048, detail::longest_context);
  c.hidden = detail::read_size(fields, "hidden_size");
  c.embedding_width = detail::read_size_or(fields, "word_embed_proj_dim", c.hidden);
  c.layers = detail::read_size(fields, "num_hidden_layers", detail::most_layers);
  c.heads = c.kv_heads = detail::read_size(fields, "num_attention_heads");
  c.head_size = detail::divide_heads(fields, "hidden_size", "num_attention_heads", c.hidden, c.heads);
  c.inner = detail::read_size(fields, "ffn_dim");

  c.norm = NormKind::layer_norm;
  c.norm_epsilon = 1e-5;
  c.norm_after = !fields.boolean_or("do_layer_norm_before", true);
  c.norm_weights = fields.boolean_or("layer_norm_elementwise_affine", true);
  // Files that were fine-tuned before transformers 4.20.1 have none.
  c.final_norm = !c.norm_after && !fields.boolean_or("_remove_final_layer_norm", false);
  c.position = PositionKind::learned;
  c.position_offset = 2;

  c.attention_scale = 1.0 / std::sqrt(static_cast<double>(c.head_size));
  c.qkv_bias = c.attention_out_bias = c.mlp_bias = fields.boolean_or("enable_bias", true);
  c.activation = detail::read_activation(fields, "activation_function", "relu");
  c.tied_head = fields.boolean_or("tie_word_embeddings", true);
  return c;
}

DecoderNames names(const DecoderConfig& config, const std::string& base) {
  const std::string prefix = base + "decoder.";
  const auto norm = [&](const std::string& stem) {
    return config.norm_weights ? WeightNames::of(stem, true) : WeightNames{};
  };
  const auto linear = [&](const std::string& stem) { return WeightNames::of(stem, config.mlp_bias); };
  DecoderNames all;
  all.token_embedding = prefix + "embed_tokens.weight";
  all.position_embedding = prefix + "embed_positions.weight";
  all.project_in.weight = prefix + "project_in.weight";
  all.project_out.weight = prefix + "project_out.weight";
  all.final_norm = norm(prefix + "final_layer_norm");
  all.head = "lm_head.weight";
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string stem = fmt::format("{}layers.{}.", prefix, i);
    LayerNames layer;
    layer.attention_norm = norm(stem + "self_attn_layer_norm");
    layer.query = linear(stem + "self_attn.q_proj");
    layer.key = linear(stem + "self_attn.k_proj");
    layer.value = linear(stem + "self_attn.v_proj");
    layer.attention_out = linear(stem + "self_attn.out_proj");
    layer.mlp_norm = norm(stem + "final_layer_norm");
    layer.mlp.up = linear(stem + "fc1");
    layer.mlp.down = linear(stem + "fc2");
    all.layers.push_back(std::move(layer));
  }
  return all;
}

bool holds_no_weights(std::string_view name) {
  return name == "decoder.version";  // a number that fairseq wrote
}

}  // namespace

Family opt_family() {
  return {"opt", "model.", read_config, names, holds_no_weights};
}

}  // namespace tauscope
