// The blocks that every family's forward pass is made of: plain ATen operations on (rows, width) matrices, in
// which the tokens of all sequences lie one after another. Nothing here forbids autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/decoder_config.h"

namespace tauscope {

/// x W^T + b.
struct Linear {
  at::Tensor weight;  ///< (out, in)
  at::Tensor bias;    ///< (out), or undefined

  at::Tensor operator()(const at::Tensor& x) const;
};

/// Layer norm, or root-mean-square norm, over the last dimension; statistics in float32.
struct Norm {
  at::Tensor weight;  ///< (width)
  at::Tensor bias;    ///< (width); layer norm only

  at::Tensor operator()(const at::Tensor& x, NormKind kind, double epsilon) const;
};

struct Mlp {
  Linear gate;  ///< gated only
  Linear up, down;

  at::Tensor operator()(const at::Tensor& x, Activation activation, bool gated) const;
};

at::Tensor activate(const at::Tensor& x, Activation activation);

/// Angular frequencies of the rotary embedding, (head_size / 2) float32: theta^(-2i / head_size), stretched
/// as `rope` says (Llama 3.1). The operations and their order are transformers', so that the numbers are
/// equal.
at::Tensor rotary_frequencies(const RopeConfig& rope, std::int64_t head_size);

/// Cosines and sines for the positions of one forward pass; made once and used by all of its layers.
struct Rotation {
  at::Tensor cosine, sine;  ///< (rows, 1, head_size / 2) float32

  Rotation(const at::Tensor& positions, const at::Tensor& frequencies);
  /// Turns (rows, heads, head_size).
  at::Tensor operator()(const at::Tensor& x) const;
};

}  // namespace tauscope
