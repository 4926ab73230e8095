// Who attends to whom: sequences side by side in one forward pass, or new tokens on top of a cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/model/causal_lm.h"

namespace tauscope {

/// Softmax attention of one layer. The rows are the tokens of the whole forward pass.
class AttentionCore {
 public:
  virtual ~AttentionCore() = default;
  /// query (rows, heads, head_size), key and value (rows, kv_heads, head_size) -> (rows, heads * head_size).
  virtual at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value, double scale) = 0;
};

/// Sequences one after another, each causal within itself. There is no padding: nothing to mask and nothing
/// to leak.
class PackedAttention final : public AttentionCore {
 public:
  explicit PackedAttention(std::vector<std::int64_t> lengths) : lengths_(std::move(lengths)) {}
  at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                    const at::Tensor& value, double scale) override;

 private:
  std::vector<std::int64_t> lengths_;
};

/// Keys and values of every layer, (batch, kv_heads, capacity, head_size); the capacity doubles when it is
/// full.
class LayeredCache final : public KeyValueCache {
 public:
  LayeredCache(const DecoderConfig& config, std::int64_t batch, at::ScalarType type, at::Device device);

  std::int64_t length() const override { return length_; }
  std::int64_t batch() const { return batch_; }
  std::int64_t context() const { return context_; }
  std::int64_t layers() const { return static_cast<std::int64_t>(keys_.size()); }
  const std::vector<std::int64_t>& left_padding() const { return left_padding_; }  ///< (batch); empty = none
  void set_left_padding(std::vector<std::int64_t> padding) { left_padding_ = std::move(padding); }

  /// Makes room for `steps` more tokens in all layers.
  void reserve(std::int64_t steps);
  /// Stores (batch, kv_heads, steps, head_size) behind what is there; the length changes in advance() only.
  void store(std::int64_t layer, const at::Tensor& key, const at::Tensor& value);
  at::Tensor keys(std::int64_t layer, std::int64_t count) const;  ///< (batch, kv_heads, count, head_size)
  at::Tensor values(std::int64_t layer, std::int64_t count) const;
  void advance(std::int64_t steps) { length_ += steps; }

 private:
  std::int64_t batch_, context_, capacity_ = 0, length_ = 0;
  std::vector<std::int64_t> left_padding_;
  std::vector<at::Tensor> keys_, values_;
};

/// `steps` new tokens for each sequence of the cache; the rows are (batch, steps), row-major.
class CachedAttention final : public AttentionCore {
 public:
  CachedAttention(LayeredCache& cache, std::int64_t steps, at::ScalarType type, at::Device device);
  at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                    const at::Tensor& value, double scale) override;

 private:
  LayeredCache& cache_;
  std::int64_t steps_;
  at::Tensor mask_;  ///< (batch or 1, 1, steps, length + steps), 0 or -inf; undefined where none is needed
  bool causal_ = false;
};

}  // namespace tauscope
