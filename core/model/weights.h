// The tensors of a decoder, and how they come out of a checkpoint.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "core/model/blocks.h"
#include "core/model/family.h"

namespace tauscope {

struct LayerWeights {
  Norm attention_norm;
  Linear qkv;                ///< fused, or …
  Linear query, key, value;  ///< … apart
  Linear attention_out;
  Norm mlp_norm;
  Mlp mlp;
};

struct DecoderWeights {
  at::Tensor token_embedding;     ///< (vocab, hidden)
  at::Tensor position_embedding;  ///< (context + offset, hidden); learned positions only
  std::vector<LayerWeights> layers;
  Norm final_norm;
  at::Tensor head;  ///< (vocab, hidden); the embedding itself where they are tied
};

/// One tensor of the model and its place in a file.
struct ParameterSlot {
  const std::string& name;
  at::Tensor& tensor;
  std::vector<std::int64_t> shape;  ///< in the model
  bool input_major = false;         ///< the file holds the transpose
};

/// Calls `visit` for every tensor that a model of this config has, the head excepted. `weights` gets its
/// layers.
void for_each_parameter(const DecoderConfig& config, const DecoderNames& names, DecoderWeights& weights,
                        const std::function<void(const ParameterSlot&)>& visit);

/// Tensors of type `type` on `device`. Those that the file holds in this type stay in the mapped file (on the
/// CPU); the others are converted. Throws Error::bad_input for tensors that are missing, of the wrong shape,
/// of a type that is no weight's, or that do not belong to the model; and where the head is untied,
/// config.tied_head is cleared.
DecoderWeights load_weights(const Checkpoint& checkpoint, DecoderConfig& config, at::ScalarType type,
                            at::Device device);

}  // namespace tauscope
