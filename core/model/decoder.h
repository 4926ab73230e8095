// The one forward path of all families.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/model/attention.h"
#include "core/model/weights.h"

namespace tauscope {

/// The tokens of one forward pass, (rows) int64 each, on the model's device.
struct TokenRows {
  at::Tensor ids;
  at::Tensor positions;
  at::Tensor lengths;  ///< of the sequence that each belongs to, this pass included: rotary positions may ask
};

/// Sequences one after another, for PackedAttention: each has the positions 0, 1, … and its whole length.
TokenRows packed_rows(const std::vector<std::vector<std::int32_t>>& batch, at::Device device);

/// One layer of a pass, (rows, hidden) -> (rows, hidden). It looks into the decoder and the attention that it
/// was made with, which must outlive it.
using DecoderLayer = std::function<at::Tensor(const at::Tensor&)>;
/// Applies a layer to its input, at once or in a way of its own.
using LayerRunner = std::function<at::Tensor(const DecoderLayer& layer, const at::Tensor& x)>;

class Decoder {
 public:
  Decoder(DecoderConfig config, DecoderWeights weights);
  /// The same model with other weights, of the same shapes and on the same device.
  Decoder(const Decoder& like, DecoderWeights weights)
      : config_(like.config_), weights_(std::move(weights)), rotary_(like.rotary_) {}

  const DecoderConfig& config() const { return config_; }
  const DecoderWeights& weights() const { return weights_; }
  at::Device device() const { return weights_.token_embedding.device(); }
  at::ScalarType type() const { return weights_.token_embedding.scalar_type(); }

  /// -> (rows, embedding width) after the last norm and projection. `stop` is asked before each layer: an
  /// undefined tensor if stopped. `runner`: empty = layers are applied as they come.
  at::Tensor hidden(const TokenRows& rows, AttentionCore& attention, const std::stop_token& stop = {},
                    const LayerRunner& runner = {}) const;

  /// (rows, embedding width) -> (rows, vocab) float32. The product is in float32 whatever the weights' type:
  /// 8 bits of mantissa would leave steps of 0.1 in a logit of 20.
  at::Tensor logits(const at::Tensor& hidden) const;
  /// The same, written to host memory; returns them where they were computed.
  at::Tensor logits_into(const at::Tensor& hidden, std::span<float> out) const;

 private:
  at::Tensor embed(const TokenRows& rows) const;
  DecoderLayer layer(std::int64_t index, const std::optional<Rotation>& rotation,
                     AttentionCore& attention) const;
  at::Tensor attend(std::int64_t layer, const at::Tensor& x, const Rotation* rotation,
                    AttentionCore& attention) const;

  DecoderConfig config_;
  DecoderWeights weights_;
  std::optional<RotaryFrequencies> rotary_;
};

}  // namespace tauscope
