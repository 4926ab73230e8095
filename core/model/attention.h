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
  at::Tensor mask;      ///< (sequences or 1, 1, queries, keys), 0 or -inf; undefined where none is needed
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

/// Keys and values of every layer, (sequences, kv_heads, capacity, head_size); the capacity doubles when a
/// sequence reaches it.
class LayeredCache final : public KeyValueCache {
 public:
  LayeredCache(const DecoderConfig& config, std::int64_t sequences, at::ScalarType type, at::Device device);

  std::int64_t sequences() const override { return static_cast<std::int64_t>(lengths_.size()); }
  std::int64_t length(std::int64_t sequence) const override { return lengths_.at(place(sequence)); }
  void clear(std::int64_t sequence) override { lengths_.at(place(sequence)) = 0; }
  void move(std::int64_t from, std::int64_t to) override;
  std::int64_t layers() const { return static_cast<std::int64_t>(keys_.size()); }

  /// Makes room for sequences of `length` tokens in all layers.
  void reserve(std::int64_t length);
  /// Stores (kv_heads, tokens, head_size) behind what the sequence has; its length changes in advance() only.
  void store(std::int64_t layer, std::int64_t sequence, const at::Tensor& key, const at::Tensor& value);
  /// Of the first `sequences`: (sequences, kv_heads, capacity, head_size).
  at::Tensor keys(std::int64_t layer) const { return keys_[place(layer)]; }
  at::Tensor values(std::int64_t layer) const { return values_[place(layer)]; }
  void advance(std::int64_t sequence, std::int64_t tokens) { lengths_.at(place(sequence)) += tokens; }

 private:
  static std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

  std::int64_t capacity_ = 0;
  std::vector<std::int64_t> lengths_;
  std::vector<at::Tensor> keys_, values_;
};

/// `tokens` more for a sequence of a cache.
struct CacheAddition {
  std::int64_t sequence = 0, tokens = 0;
};

/// New tokens on top of a cache; the rows are those of the additions, one after another.
class CachedAttention final : public AttentionCore {
 public:
  CachedAttention(LayeredCache& cache, std::vector<CacheAddition> additions);
  at::Tensor attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                    const at::Tensor& value, const AttentionRule& rule) override;

 private:
  /// One token for each of the sequences 0, 1, …: one product for all of them.
  at::Tensor attend_together(std::int64_t layer, const at::Tensor& query, const AttentionRule& rule);
  at::Tensor attend_apart(std::int64_t layer, const at::Tensor& query, const AttentionRule& rule);

  LayeredCache& cache_;
  std::vector<CacheAddition> additions_;
  bool together_ = true;
  std::map<std::int64_t, AttentionBlock> blocks_;                        ///< together, by window
  std::map<std::pair<std::size_t, std::int64_t>, AttentionPlan> plans_;  ///< apart, by addition and window
};

}  // namespace tauscope
