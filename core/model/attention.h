// Who attends to whom: sequences side by side in one forward pass, or new tokens on top of a cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/model/causal_lm.h"

namespace tauscope {

/// What a layer asks for besides query, key and value.
struct AttentionRule {
  double scale = 1.0;       ///< of query times key
  std::int64_t window = 0;  ///< tokens that a token sees, itself included; 0 = all before it
};

/// Softmax attention of one layer. The rows are the tokens of the whole forward pass.
class AttentionCore {
 public:
  virtual ~AttentionCore() = default;
  /// query (rows, heads, head_size), key and value (rows, kv_heads, head_size) -> (rows, heads * head_size).
  virtual at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value, const AttentionRule& rule) = 0;
};

/// Some of a pass' queries, and the keys that they see.
struct AttentionBlock {
  std::int64_t first_query = 0, queries = 0;
  std::int64_t first_key = 0, keys = 0;
  at::Tensor mask;      ///< (batch or 1, 1, queries, keys), 0 or -inf; undefined where none is needed
  bool causal = false;  ///< as many keys as queries, each seeing those up to its own
};
/// Without a window one block; with one, blocks whose keys reach back no further than the window does, so
/// that cost and memory grow with length times window.
using AttentionPlan = std::vector<AttentionBlock>;

/// Sequences one after another, each causal within itself. There is no padding: nothing to mask and nothing
/// to leak.
class PackedAttention final : public AttentionCore {
 public:
  explicit PackedAttention(std::vector<std::int64_t> lengths) : lengths_(std::move(lengths)) {}
  at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                    const at::Tensor& value, const AttentionRule& rule) override;

 private:
  std::vector<std::int64_t> lengths_;
  std::map<std::pair<std::int64_t, std::int64_t>, AttentionPlan> plans_;  ///< by length and window
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
  CachedAttention(LayeredCache& cache, std::int64_t steps);
  at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                    const at::Tensor& value, const AttentionRule& rule) override;

 private:
  LayeredCache& cache_;
  std::int64_t steps_;
  std::map<std::int64_t, AttentionPlan> plans_;  ///< by window
};

}  // namespace tauscope
