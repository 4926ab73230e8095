// The tensors of a decoder, and how they come out of a checkpoint.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/model/blocks.h"
#include "core/model/decoder_parameters.h"

namespace tauscope {

struct LayerWeights {
  Norm attention_norm;
  Linear qkv;                ///< fused, or …
  Linear query, key, value;  ///< … apart
  Norm query_norm, key_norm;
  Linear attention_out;
  Norm mlp_norm;
  Mlp mlp;
};

/// The members are those that visit_parameters() names.
struct DecoderWeights {
  at::Tensor token_embedding;      ///< (vocab, embedding width)
  at::Tensor position_embedding;   ///< (context + offset, hidden); learned positions only
  Linear project_in, project_out;  ///< between embedding width and hidden, where they differ
  std::vector<LayerWeights> layers;
  Norm final_norm;
  at::Tensor head;                   ///< (vocab, embedding width); the embedding itself where they are tied
  std::vector<std::string> remarks;  ///< what was odd about the file and does no harm
};

/// Tensors of type `type` on `device`. Those that the file holds in this type stay in the mapped file (on the
/// CPU); the others are converted. Throws Error::bad_input for tensors that are missing, of the wrong shape,
/// of a type that is no weight's, or that do not belong to the model; and where the head is untied,
/// config.tied_head is cleared.
DecoderWeights load_weights(const Checkpoint& checkpoint, DecoderConfig& config, at::ScalarType type,
                            at::Device device);

}  // namespace tauscope
