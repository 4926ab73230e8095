#include "core/checkpoint/tensor_layout.h"

#include <initializer_list>

namespace tauscope {
namespace {

bool has_any(std::string_view name, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (name.find(word) != name.npos) return true;
  return false;
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
  if (name.ends_with(".attn.bias") || name.ends_with(".masked_bias") || name.ends_with(".inv_freq") ||
      name.ends_with("decoder.version"))
    return TensorGroup::buffer;
  if (has_any(name, {"lm_head", "embed_out"}) || name.starts_with("output.")) return TensorGroup::head;
  if (has_any(name, {"norm", "ln_", ".ln"})) return TensorGroup::norm;
  if (has_any(name, {"embed", "wte.", "wpe.", "project_in", "project_out"})) return TensorGroup::embedding;
  if (has_any(name, {"attn", "attention"})) return TensorGroup::attention;
  if (has_any(name, {"mlp", "feed_forward", "ffn", "experts", ".fc1", ".fc2"})) return TensorGroup::mlp;
  return TensorGroup::other;
}

}  // namespace tauscope
