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
  at::Tensor weight;  ///< (width), or undefined: neither scaled nor shifted
  at::Tensor bias;    ///< (width); layer norm only

  at::Tensor operator()(const at::Tensor& x, NormKind kind, double epsilon) const;
};

struct Mlp {
  Linear gate;  ///< gated only
  Linear up, down;

  at::Tensor operator()(const at::Tensor& x, Activation activation, bool gated) const;
};

at::Tensor activate(const at::Tensor& x, Activation activation);

/// Angular frequencies of the rotary embedding as `rope` says. The operations and their order are
/// transformers', so that the numbers are equal.
class RotaryFrequencies {
 public:
  RotaryFrequencies(const RopeConfig& rope, std::int64_t head_size, at::Device device);

  /// `lengths` (rows) int64: of the sequence that each row belongs to, as far as it is known in this pass. ->
  /// (head_size / 2) float32, or (rows, head_size / 2) where they depend on the length.
  at::Tensor of(const at::Tensor& lengths) const;
  double magnitude() const { return rope_.magnitude; }

 private:
  at::Tensor dynamic(const at::Tensor& lengths) const;

  RopeConfig rope_;
  at::Tensor exponents_;    ///< (head_size / 2): 2i / head_size
  at::Tensor frequencies_;  ///< (head_size / 2), for lengths up to original_context
  at::Tensor stretched_;    ///< the same beyond it; longrope only
};

/// Cosines and sines for the positions of one forward pass; made once and used by all of its layers.
struct Rotation {
  at::Tensor cosine, sine;  ///< (rows, 1, head_size / 2) float32

  /// positions (rows); frequencies (head_size / 2) or (rows, head_size / 2).
  Rotation(const at::Tensor& positions, const at::Tensor& frequencies, double magnitude);
  /// Turns (rows, heads, head_size).
  at::Tensor operator()(const at::Tensor& x) const;
};

}  // namespace tauscope
