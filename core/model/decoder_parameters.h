// Every tensor of a decoder with its name and shape: one list for loading weights, for looking at a file
// without loading it, and for anything else that goes through a model's parameters. No torch.
#pragma once

#include "core/model/family.h"

namespace tauscope {

/// One tensor of the model and its place in a file.
template <class Tensor>
struct ParameterSlot {
  const std::string& name;
  Tensor& tensor;
  std::vector<std::int64_t> shape;  ///< in the model
  bool input_major = false;         ///< the file holds the transpose

  std::vector<std::int64_t> stored_shape() const {
    return input_major ? std::vector<std::int64_t>(shape.rbegin(), shape.rend()) : shape;
  }
};

namespace detail {

template <class Parts, class Visit>
void visit_norm(const WeightNames& names, Parts& norm, std::int64_t width, const Visit& visit) {
  if (!names.weight.empty()) visit(ParameterSlot{names.weight, norm.weight, {width}});
  if (!names.bias.empty()) visit(ParameterSlot{names.bias, norm.bias, {width}});
}

template <class Parts, class Visit>
void visit_linear(const WeightNames& names, Parts& linear, std::int64_t out, std::int64_t in,
                  bool input_major, const Visit& visit) {
  visit(ParameterSlot{names.weight, linear.weight, {out, in}, input_major});
  if (!names.bias.empty()) visit(ParameterSlot{names.bias, linear.bias, {out}});
}

template <class Layer, class Visit>
void visit_layer(const DecoderConfig& c, const LayerNames& names, bool input_major, Layer& layer,
                 const Visit& visit) {
  const auto linear = [&](const WeightNames& name, auto& parts, std::int64_t out, std::int64_t in) {
    visit_linear(name, parts, out, in, input_major, visit);
  };
  visit_norm(names.attention_norm, layer.attention_norm, c.hidden, visit);
  if (c.fused_qkv) {
    linear(names.qkv, layer.qkv, c.query_width() + 2 * c.kv_width(), c.hidden);
  } else {
    linear(names.query, layer.query, c.query_width(), c.hidden);
    linear(names.key, layer.key, c.kv_width(), c.hidden);
    linear(names.value, layer.value, c.kv_width(), c.hidden);
  }
  if (c.query_key_norm) {
    visit_norm(names.query_norm, layer.query_norm, c.head_size, visit);
    visit_norm(names.key_norm, layer.key_norm, c.head_size, visit);
  }
  linear(names.attention_out, layer.attention_out, c.hidden, c.query_width());
  visit_norm(names.mlp_norm, layer.mlp_norm, c.hidden, visit);
  if (c.gated_mlp) linear(names.mlp.gate, layer.mlp.gate, c.inner, c.hidden);
  linear(names.mlp.up, layer.mlp.up, c.inner, c.hidden);
  linear(names.mlp.down, layer.mlp.down, c.hidden, c.inner);
}

}  // namespace detail

/// Calls `visit(ParameterSlot)` for every tensor that a model of this config has, the head excepted. `parts`
/// has DecoderNames' members: DecoderWeights, or the names themselves. It gets its layers.
template <class Parts, class Visit>
void visit_parameters(const DecoderConfig& config, const DecoderNames& names, Parts& parts,
                      const Visit& visit) {
  parts.layers.resize(static_cast<std::size_t>(config.layers));
  visit(ParameterSlot{names.token_embedding, parts.token_embedding, {config.vocab, config.embedding_width}});
  if (config.position == PositionKind::learned)
    visit(ParameterSlot{names.position_embedding,
                        parts.position_embedding,
                        {config.context + config.position_offset, config.hidden}});
  if (config.projected()) {
    detail::visit_linear(names.project_in, parts.project_in, config.hidden, config.embedding_width, false,
                         visit);
    detail::visit_linear(names.project_out, parts.project_out, config.embedding_width, config.hidden, false,
                         visit);
  }
  for (std::size_t i = 0; i < parts.layers.size(); ++i)
    detail::visit_layer(config, names.layers[i], names.input_major, parts.layers[i], visit);
  if (config.final_norm) detail::visit_norm(names.final_norm, parts.final_norm, config.hidden, visit);
}

/// The head's shape, stored as it is.
inline std::vector<std::int64_t> head_shape(const DecoderConfig& config) {
  return {config.vocab, config.embedding_width};
}

}  // namespace tauscope
