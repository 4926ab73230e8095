#include "core/model/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>

#include "core/model/runtime.h"

namespace tauscope {
namespace {

/// In a block of a windowed plan: enough for one product to be worth its call, few enough that the keys
/// outside the window stay a small share.
constexpr std::int64_t windowed_queries = 512;

/// All (batch, heads, tokens, head_size). The fused kernel never holds the whole score matrix, and its
/// softmax is in float32 whatever the inputs' type.
at::Tensor dot_product_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                 const at::Tensor& mask, bool causal, double scale) {
  const auto optional_mask = mask.defined() ? c10::optional<at::Tensor>(mask) : c10::nullopt;
  return at::scaled_dot_product_attention(query, key, value, optional_mask, /*dropout_p=*/0.0, causal, scale,
                                          /*enable_gqa=*/query.size(1) != key.size(1));
}

/// Queries [seen, seen + steps) of a sequence over all keys up to their own.
struct Passage {
  std::int64_t seen = 0, steps = 0, window = 0;
};

/// 0 where `allowed` and -inf elsewhere.
at::Tensor mask_of(const at::Tensor& allowed, at::ScalarType type, at::Device device) {
  return at::zeros(allowed.sizes(), at::TensorOptions().dtype(type))
      .masked_fill_(allowed.logical_not(), -std::numeric_limits<double>::infinity())
      .to(device);
}

/// Key positions (keys) that queries at `query_at` see, by broadcast.
at::Tensor visible(const at::Tensor& key_at, const at::Tensor& query_at, std::int64_t window) {
  const at::Tensor allowed = key_at <= query_at;
  return window > 0 ? allowed.logical_and(key_at > query_at - window) : allowed;
}

/// (1, 1, queries, keys)
at::Tensor block_mask(const Passage& passage, const AttentionBlock& block, at::ScalarType type,
                      at::Device device) {
  const std::int64_t first = passage.seen + block.first_query;
  const at::Tensor key_at = at::arange(block.first_key, block.first_key + block.keys).view({1, 1, 1, -1});
  const at::Tensor query_at = at::arange(first, first + block.queries).view({1, 1, -1, 1});
  return mask_of(visible(key_at, query_at, passage.window), type, device);
}

AttentionPlan make_plan(const Passage& passage, at::ScalarType type, at::Device device) {
  const std::int64_t count = passage.seen + passage.steps;
  const bool windowed = passage.window > 0 && count > passage.window;
  const std::int64_t largest = windowed ? windowed_queries : passage.steps;
  AttentionPlan plan;
  for (std::int64_t first = 0; first < passage.steps; first += largest) {
    AttentionBlock block;
    block.first_query = first;
    block.queries = std::min(largest, passage.steps - first);
    const std::int64_t end = passage.seen + first + block.queries;
    if (windowed) block.first_key = std::max<std::int64_t>(0, end - block.queries - passage.window + 1);
    block.keys = end - block.first_key;
    const bool cut = windowed && end > passage.window;
    block.causal = !cut && block.keys == block.queries;
    const bool all = block.queries == 1;  // the one query sees all its keys
    if (!block.causal && !all) block.mask = block_mask(passage, block, type, device);
    plan.push_back(std::move(block));
  }
  return plan;
}

/// All (batch, heads, tokens, head_size); the queries are the last ones of the keys' sequence.
at::Tensor attend_by_plan(const AttentionPlan& plan, const at::Tensor& query, const at::Tensor& key,
                          const at::Tensor& value, double scale) {
  std::vector<at::Tensor> outputs;
  outputs.reserve(plan.size());
  for (const AttentionBlock& block : plan)
    outputs.push_back(dot_product_attention(
        query.narrow(2, block.first_query, block.queries), key.narrow(2, block.first_key, block.keys),
        value.narrow(2, block.first_key, block.keys), block.mask, block.causal, scale));
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs, 2);
}

}  // namespace

at::Tensor PackedAttention::attend(std::int64_t, const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, const AttentionRule& rule) {
  std::vector<at::Tensor> outputs;
  outputs.reserve(lengths_.size());
  std::int64_t first = 0;
  for (const std::int64_t length : lengths_) {
    const auto sequence = [&](const at::Tensor& x) {  // (rows, heads, size) -> (1, heads, length, size)
      return x.narrow(0, first, length).transpose(0, 1).unsqueeze(0);
    };
    AttentionPlan& plan = plans_[{length, rule.window}];
    if (plan.empty()) plan = make_plan({0, length, rule.window}, query.scalar_type(), query.device());
    const at::Tensor attended =
        attend_by_plan(plan, sequence(query), sequence(key), sequence(value), rule.scale);
    outputs.push_back(attended.squeeze(0).transpose(0, 1).reshape({length, -1}));
    first += length;
  }
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs);
}

LayeredCache::LayeredCache(const DecoderConfig& config, std::int64_t sequences, at::ScalarType type,
                           at::Device device)
    : lengths_(place(sequences), 0) {
  const auto options = at::TensorOptions().dtype(type).device(device);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    keys_.push_back(at::empty({sequences, config.kv_heads, 0, config.head_size}, options));
    values_.push_back(at::empty({sequences, config.kv_heads, 0, config.head_size}, options));
  }
}

void LayeredCache::move(std::int64_t from, std::int64_t to) {
  if (from == to) return;
  const std::int64_t tokens = length(from);
  run_inference("the key-value cache", [&] {
    for (auto* tensors : {&keys_, &values_})
      for (const at::Tensor& tensor : *tensors)
        tensor.select(0, to).narrow(1, 0, tokens).copy_(tensor.select(0, from).narrow(1, 0, tokens));
  });
  lengths_.at(place(to)) = tokens;
  clear(from);
}

void LayeredCache::reserve(std::int64_t length) {
  if (length <= capacity_) return;
  constexpr std::int64_t smallest = 64;
  const std::int64_t used = *std::max_element(lengths_.begin(), lengths_.end());
  capacity_ = std::max({length, 2 * capacity_, smallest});
  for (auto* tensors : {&keys_, &values_}) {
    for (at::Tensor& tensor : *tensors) {
      // Zeros: what lies behind a shorter sequence is weighted with 0, which a NaN would survive.
      at::Tensor larger =
          at::zeros({tensor.size(0), tensor.size(1), capacity_, tensor.size(3)}, tensor.options());
      larger.narrow(2, 0, used).copy_(tensor.narrow(2, 0, used));
      tensor = std::move(larger);
    }
  }
}

void LayeredCache::store(std::int64_t layer, std::int64_t sequence, const at::Tensor& key,
                         const at::Tensor& value) {
  const std::int64_t first = length(sequence), tokens = key.size(1);
  keys_[place(layer)].select(0, sequence).narrow(1, first, tokens).copy_(key);
  values_[place(layer)].select(0, sequence).narrow(1, first, tokens).copy_(value);
}

CachedAttention::CachedAttention(LayeredCache& cache, std::vector<CacheAddition> additions)
    : cache_(cache), additions_(std::move(additions)) {
  for (std::size_t i = 0; i < additions_.size(); ++i)
    together_ =
        together_ && additions_[i].tokens == 1 && additions_[i].sequence == static_cast<std::int64_t>(i);
}

at::Tensor CachedAttention::attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, const AttentionRule& rule) {
  std::int64_t first = 0;
  for (const auto& [sequence, tokens] : additions_) {
    cache_.store(layer, sequence, key.narrow(0, first, tokens).transpose(0, 1),
                 value.narrow(0, first, tokens).transpose(0, 1));
    first += tokens;
  }
  return together_ ? attend_together(layer, query, rule) : attend_apart(layer, query, rule);
}

at::Tensor CachedAttention::attend_together(std::int64_t layer, const at::Tensor& query,
                                            const AttentionRule& rule) {
  const auto count = static_cast<std::int64_t>(additions_.size());
  AttentionBlock& block = blocks_[rule.window];
  if (block.keys == 0) {
    std::vector<std::int64_t> places;  // of the new tokens
    for (std::int64_t i = 0; i < count; ++i)
      places.push_back(cache_.length(i));
    const auto [shortest, longest] = std::minmax_element(places.begin(), places.end());
    if (rule.window > 0) block.first_key = std::max<std::int64_t>(0, *shortest + 1 - rule.window);
    block.keys = *longest + 1 - block.first_key;
    if (*shortest != *longest) {
      const at::Tensor key_at = at::arange(block.first_key, *longest + 1).view({1, 1, 1, -1});
      const at::Tensor query_at = at::tensor(places).view({-1, 1, 1, 1});
      block.mask = mask_of(visible(key_at, query_at, rule.window), query.scalar_type(), query.device());
    }
  }
  const auto seen = [&](const at::Tensor& x) {
    return x.narrow(0, 0, count).narrow(2, block.first_key, block.keys);
  };
  const at::Tensor attended =
      dot_product_attention(query.unsqueeze(2), seen(cache_.keys(layer)), seen(cache_.values(layer)),
                            block.mask, /*causal=*/false, rule.scale);
  return attended.reshape({count, -1});
}

at::Tensor CachedAttention::attend_apart(std::int64_t layer, const at::Tensor& query,
                                         const AttentionRule& rule) {
  std::vector<at::Tensor> outputs;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < additions_.size(); ++i) {
    const auto& [sequence, tokens] = additions_[i];
    const std::int64_t before = cache_.length(sequence);
    AttentionPlan& plan = plans_[{i, rule.window}];
    if (plan.empty()) plan = make_plan({before, tokens, rule.window}, query.scalar_type(), query.device());
    const auto seen = [&](const at::Tensor& x) {
      return x.narrow(0, sequence, 1).narrow(2, 0, before + tokens);
    };
    const at::Tensor own = query.narrow(0, first, tokens).transpose(0, 1).unsqueeze(0);
    const at::Tensor attended =
        attend_by_plan(plan, own, seen(cache_.keys(layer)), seen(cache_.values(layer)), rule.scale);
    outputs.push_back(attended.squeeze(0).transpose(0, 1).reshape({tokens, -1}));
    first += tokens;
  }
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs);
}

}  // namespace tauscope
