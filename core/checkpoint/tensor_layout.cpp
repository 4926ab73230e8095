#include "core/checkpoint/tensor_layout.h"

#include <fmt/format.h>

#include <initializer_list>

namespace tauscope {
namespace {

bool has_any(std::string_view name, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (name.find(word) != name.npos) return true;
  return false;
}

using Shape = std::vector<std::int64_t>;

void add_gpt2(const ConfigFacts& facts, const std::string& prefix, TensorLayout& layout) {
  const std::int64_t hidden = *facts.hidden, inner = *facts.inner;
  const auto add = [&](std::string name, Shape shape) {
    layout.tensors.push_back({std::move(name), std::move(shape)});
  };
  const auto norm = [&](const std::string& stem) {
    add(stem + ".weight", {hidden});
    add(stem + ".bias", {hidden});
  };
  const auto projection = [&](const std::string& stem, std::int64_t in,
                              std::int64_t out) {  // Conv1D: (in, out)
    add(stem + ".weight", {in, out});
    add(stem + ".bias", {out});
  };
  layout.embedding = prefix + "wte.weight";
  add(layout.embedding, {*facts.vocab, hidden});
  add(prefix + "wpe.weight", {*facts.context, hidden});
  for (std::int64_t i = 0; i < *facts.layers; ++i) {
    const std::string layer = fmt::format("{}h.{}.", prefix, i);
    norm(layer + "ln_1");
    projection(layer + "attn.c_attn", hidden, 3 * hidden);
    projection(layer + "attn.c_proj", hidden, hidden);
    norm(layer + "ln_2");
    projection(layer + "mlp.c_fc", hidden, inner);
    projection(layer + "mlp.c_proj", inner, hidden);
  }
  norm(prefix + "ln_f");
}

void add_llama(const ConfigFacts& facts, const std::string& prefix, TensorLayout& layout) {
  const std::int64_t hidden = *facts.hidden, inner = *facts.inner;
  const std::int64_t query = *facts.heads * *facts.head_size, key = *facts.kv_heads * *facts.head_size;
  const auto add = [&](std::string name, Shape shape) {
    layout.tensors.push_back({std::move(name), std::move(shape)});
  };
  const auto projection = [&](const std::string& stem, std::int64_t out, std::int64_t in, bool bias) {
    add(stem + ".weight", {out, in});
    if (bias) add(stem + ".bias", {out});
  };
  layout.embedding = prefix + "embed_tokens.weight";
  add(layout.embedding, {*facts.vocab, hidden});
  for (std::int64_t i = 0; i < *facts.layers; ++i) {
    const std::string layer = fmt::format("{}layers.{}.", prefix, i);
    add(layer + "input_layernorm.weight", {hidden});
    projection(layer + "self_attn.q_proj", query, hidden, facts.attention_bias);
    projection(layer + "self_attn.k_proj", key, hidden, facts.attention_bias);
    projection(layer + "self_attn.v_proj", key, hidden, facts.attention_bias);
    projection(layer + "self_attn.o_proj", hidden, query, facts.attention_bias);
    add(layer + "post_attention_layernorm.weight", {hidden});
    projection(layer + "mlp.gate_proj", inner, hidden, facts.mlp_bias);
    projection(layer + "mlp.up_proj", inner, hidden, facts.mlp_bias);
    projection(layer + "mlp.down_proj", hidden, inner, facts.mlp_bias);
  }
  add(prefix + "norm.weight", {hidden});
}

}  // namespace

const char* tensor_group_name(TensorGroup group) {
  switch (group) {
    case TensorGroup::embedding:
      return "embedding";
    case TensorGroup::attention:
      return "attention";
    case TensorGroup::mlp:
      return "mlp";
    case TensorGroup::norm:
      return "norm";
    case TensorGroup::head:
      return "head";
    case TensorGroup::other:
      return "other";
    case TensorGroup::buffer:
      return "buffer";
  }
  return "?";
}

TensorGroup tensor_group(std::string_view name) {
  // Order matters: post_attention_layernorm is a norm, attn.bias of GPT-2 a mask.
  if (name.ends_with(".attn.bias") || name.ends_with(".masked_bias") || name.ends_with(".inv_freq"))
    return TensorGroup::buffer;
  if (has_any(name, {"lm_head", "embed_out"}) || name.starts_with("output.")) return TensorGroup::head;
  if (has_any(name, {"norm", "ln_", ".ln"})) return TensorGroup::norm;
  if (has_any(name, {"embed", "wte.", "wpe."})) return TensorGroup::embedding;
  if (has_any(name, {"attn", "attention"})) return TensorGroup::attention;
  if (has_any(name, {"mlp", "feed_forward", "ffn", "experts", ".fc1", ".fc2"})) return TensorGroup::mlp;
  return TensorGroup::other;
}

std::optional<TensorLayout> tensor_layout(const ConfigFacts& facts, const Checkpoint& checkpoint) {
  constexpr std::int64_t most_layers = 4096, kWidest = std::int64_t{1} << 26;
  for (const auto& size : {facts.layers, facts.hidden, facts.inner, facts.heads, facts.kv_heads,
                           facts.head_size, facts.vocab, facts.context})
    if (!size || *size > kWidest) return std::nullopt;
  if (*facts.layers > most_layers) return std::nullopt;

  const bool gpt2 = facts.model_type == "gpt2";
  if (!gpt2 && facts.model_type != "llama") return std::nullopt;
  const std::string prefix = gpt2 ? "transformer." : "model.";
  const std::string embedding = gpt2 ? "wte.weight" : "embed_tokens.weight";
  // A file of the bare base model names its tensors without the prefix.
  const bool bare = !checkpoint.find(prefix + embedding) && checkpoint.find(embedding);

  TensorLayout layout;
  layout.head = "lm_head.weight";
  layout.head_shape = {*facts.vocab, *facts.hidden};
  (gpt2 ? add_gpt2 : add_llama)(facts, bare ? "" : prefix, layout);
  return layout;
}

}  // namespace tauscope
