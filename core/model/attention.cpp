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

/// Queries [seen, seen + steps) of a sequence over all keys up to their own. left_padding: (batch), or empty.
struct Passage {
  std::int64_t seen = 0, steps = 0, window = 0;
  std::vector<std::int64_t> left_padding;
};

/// (batch or 1, 1, queries, keys), 0 where a query sees a key and -inf elsewhere.
at::Tensor block_mask(const Passage& passage, const AttentionBlock& block, at::ScalarType type,
                      at::Device device) {
  const std::int64_t first = passage.seen + block.first_query;
  const at::Tensor key_at = at::arange(block.first_key, block.first_key + block.keys).view({1, 1, 1, -1});
  const at::Tensor query_at = at::arange(first, first + block.queries).view({1, 1, -1, 1});
  at::Tensor allowed = key_at <= query_at;
  if (passage.window > 0) allowed = allowed.logical_and(key_at > query_at - passage.window);
  if (!passage.left_padding.empty()) {
    const at::Tensor real = at::tensor(passage.left_padding).view({-1, 1, 1, 1});
    // A padding token sees itself: a row without any key would give NaN, which a mask does not stop.
    allowed = allowed.logical_and((key_at >= real).logical_or(key_at == query_at));
  }
  return at::zeros(allowed.sizes(), at::TensorOptions().dtype(type))
      .masked_fill_(allowed.logical_not(), -std::numeric_limits<double>::infinity())
      .to(device);
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
    block.causal = passage.left_padding.empty() && !cut && block.keys == block.queries;
    const bool all = passage.left_padding.empty() && block.queries == 1;  // the one query sees all its keys
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
    if (plan.empty()) plan = make_plan({0, length, rule.window, {}}, query.scalar_type(), query.device());
    const at::Tensor attended =
        attend_by_plan(plan, sequence(query), sequence(key), sequence(value), rule.scale);
    outputs.push_back(attended.squeeze(0).transpose(0, 1).reshape({length, -1}));
    first += length;
  }
  return outputs.size() == 1 ? outputs.front() : at::cat(outputs);
}

LayeredCache::LayeredCache(const DecoderConfig& config, std::int64_t batch, at::ScalarType type,
                           at::Device device)
    : batch_(batch), context_(config.context) {
  const auto options = at::TensorOptions().dtype(type).device(device);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    keys_.push_back(at::empty({batch, config.kv_heads, 0, config.head_size}, options));
    values_.push_back(at::empty({batch, config.kv_heads, 0, config.head_size}, options));
  }
}

void LayeredCache::reserve(std::int64_t steps) {
  if (length_ + steps <= capacity_) return;
  constexpr std::int64_t smallest = 64;
  capacity_ = std::max({length_ + steps, 2 * capacity_, smallest});
  for (auto* tensors : {&keys_, &values_}) {
    for (at::Tensor& tensor : *tensors) {
      at::Tensor larger =
          at::empty({tensor.size(0), tensor.size(1), capacity_, tensor.size(3)}, tensor.options());
      larger.narrow(2, 0, length_).copy_(tensor.narrow(2, 0, length_));
      tensor = std::move(larger);
    }
  }
}

void LayeredCache::store(std::int64_t layer, const at::Tensor& key, const at::Tensor& value) {
  const auto i = static_cast<std::size_t>(layer);
  keys_[i].narrow(2, length_, key.size(2)).copy_(key);
  values_[i].narrow(2, length_, value.size(2)).copy_(value);
}

at::Tensor LayeredCache::keys(std::int64_t layer, std::int64_t count) const {
  return keys_[static_cast<std::size_t>(layer)].narrow(2, 0, count);
}

at::Tensor LayeredCache::values(std::int64_t layer, std::int64_t count) const {
  return values_[static_cast<std::size_t>(layer)].narrow(2, 0, count);
}

CachedAttention::CachedAttention(LayeredCache& cache, std::int64_t steps) : cache_(cache), steps_(steps) {}

at::Tensor CachedAttention::attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, const AttentionRule& rule) {
  const auto batched =
      [&](const at::Tensor& x) {  // (batch * steps, heads, size) -> (batch, heads, steps, size)
        return x.view({cache_.batch(), steps_, x.size(1), x.size(2)}).transpose(1, 2);
      };
  cache_.store(layer, batched(key), batched(value));
  AttentionPlan& plan = plans_[rule.window];
  if (plan.empty())
    plan = make_plan({cache_.length(), steps_, rule.window, cache_.left_padding()}, query.scalar_type(),
                     query.device());
  const std::int64_t count = cache_.length() + steps_;
  const at::Tensor attended = attend_by_plan(plan, batched(query), cache_.keys(layer, count),
                                             cache_.values(layer, count), rule.scale);
  return attended.transpose(1, 2).reshape({cache_.batch() * steps_, -1});
}

}  // namespace tauscope
