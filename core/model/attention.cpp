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

/// All (batch, heads, tokens, head_size). The fused kernel never holds the whole score matrix, and its
/// softmax is in float32 whatever the inputs' type.
at::Tensor dot_product_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                 const at::Tensor& mask, bool causal, double scale) {
  const auto optional_mask = mask.defined() ? c10::optional<at::Tensor>(mask) : c10::nullopt;
  return at::scaled_dot_product_attention(query, key, value, optional_mask, /*dropout_p=*/0.0, causal, scale,
                                          /*enable_gqa=*/query.size(1) != key.size(1));
}

}  // namespace

at::Tensor PackedAttention::attend(std::int64_t, const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, double scale) {
  std::vector<at::Tensor> outputs;
  outputs.reserve(lengths_.size());
  std::int64_t first = 0;
  for (const std::int64_t length : lengths_) {
    const auto sequence = [&](const at::Tensor& x) {  // (rows, heads, size) -> (1, heads, length, size)
      return x.narrow(0, first, length).transpose(0, 1).unsqueeze(0);
    };
    const at::Tensor attended =
        dot_product_attention(sequence(query), sequence(key), sequence(value), {}, /*causal=*/true, scale);
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

CachedAttention::CachedAttention(LayeredCache& cache, std::int64_t steps, at::ScalarType type,
                                 at::Device device)
    : cache_(cache), steps_(steps) {
  const std::int64_t seen = cache.length();
  const bool padded = !cache.left_padding().empty();
  causal_ = seen == 0 && !padded;
  if (causal_ || (steps == 1 && !padded)) return;

  const at::Tensor key_at = at::arange(seen + steps).view({1, 1, 1, -1});
  const at::Tensor query_at = at::arange(seen, seen + steps).view({1, 1, -1, 1});
  at::Tensor allowed = key_at <= query_at;
  if (padded) {
    const at::Tensor first = at::tensor(cache.left_padding()).view({-1, 1, 1, 1});
    // A padding token sees itself: a row without any key would give NaN, which a mask does not stop.
    allowed = allowed.logical_and((key_at >= first).logical_or(key_at == query_at));
  }
  mask_ = at::zeros(allowed.sizes(), at::TensorOptions().dtype(type))
              .masked_fill_(allowed.logical_not(), -std::numeric_limits<double>::infinity())
              .to(device);
}

at::Tensor CachedAttention::attend(std::int64_t layer, const at::Tensor& query, const at::Tensor& key,
                                   const at::Tensor& value, double scale) {
  const auto batched =
      [&](const at::Tensor& x) {  // (batch * steps, heads, size) -> (batch, heads, steps, size)
        return x.view({cache_.batch(), steps_, x.size(1), x.size(2)}).transpose(1, 2);
      };
  cache_.store(layer, batched(key), batched(value));
  const std::int64_t count = cache_.length() + steps_;
  const at::Tensor attended = dot_product_attention(batched(query), cache_.keys(layer, count),
                                                    cache_.values(layer, count), mask_, causal_, scale);
  return attended.transpose(1, 2).reshape({cache_.batch() * steps_, -1});
}

}  // namespace tauscope
