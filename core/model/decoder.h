// The one forward path of all families.
#pragma once

#include <ATen/core/Tensor.h>

#include <stop_token>

#include "core/model/attention.h"
#include "core/model/weights.h"

namespace tauscope {

class Decoder {
 public:
  Decoder(DecoderConfig config, DecoderWeights weights);

  const DecoderConfig& config() const { return config_; }
  const DecoderWeights& weights() const { return weights_; }
  at::Device device() const { return weights_.token_embedding.device(); }
  at::ScalarType type() const { return weights_.token_embedding.scalar_type(); }

  /// ids and positions (rows) int64, on the model's device -> (rows, hidden) after the last norm. `stop` is
  /// asked before each layer: an undefined tensor if stopped.
  at::Tensor hidden(const at::Tensor& ids, const at::Tensor& positions, AttentionCore& attention,
                    const std::stop_token& stop = {}) const;

  /// (rows, hidden) -> (rows, vocab) float32. The product is in float32 whatever the weights' type: 8 bits of
  /// mantissa would leave steps of 0.1 in a logit of 20.
  at::Tensor logits(const at::Tensor& hidden) const;
  /// The same, written to host memory.
  void logits_into(const at::Tensor& hidden, std::span<float> out) const;

 private:
  at::Tensor embed(const at::Tensor& ids, const at::Tensor& positions) const;
  at::Tensor attend(std::int64_t layer, const at::Tensor& x, const Rotation* rotation,
                    AttentionCore& attention) const;

  DecoderConfig config_;
  DecoderWeights weights_;
  at::Tensor frequencies_;  ///< rotary only
};

}  // namespace tauscope
