#include "core/model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace tauscope {
namespace {

/// Bytes of the head's float32 copy that exist at a time, where it is held in a shorter type.
constexpr std::int64_t head_block_bytes = std::int64_t{8} << 20;

std::tuple<at::Tensor, at::Tensor, at::Tensor> project(const LayerWeights& w, const DecoderConfig& c,
                                                       const at::Tensor& x) {
  if (!c.fused_qkv) return {w.query(x), w.key(x), w.value(x)};
  const at::Tensor all = w.qkv(x);
  return {all.narrow(1, 0, c.query_width()), all.narrow(1, c.query_width(), c.kv_width()),
          all.narrow(1, c.query_width() + c.kv_width(), c.kv_width())};
}

}  // namespace

TokenRows packed_rows(const std::vector<std::vector<std::int32_t>>& batch, at::Device device) {
  std::vector<std::int64_t> ids;
  std::vector<at::Tensor> positions, lengths;
  for (const auto& sequence : batch) {
    const auto length = static_cast<std::int64_t>(sequence.size());
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    positions.push_back(at::arange(length));
    lengths.push_back(at::full({length}, length, at::kLong));
  }
  return {at::tensor(ids).to(device), at::cat(positions).to(device), at::cat(lengths).to(device)};
}

Decoder::Decoder(DecoderConfig config, DecoderWeights weights)
    : config_(std::move(config)), weights_(std::move(weights)) {
  if (config_.position == PositionKind::rotary) rotary_.emplace(config_.rope, config_.head_size, device());
}

at::Tensor Decoder::embed(const TokenRows& rows) const {
  at::Tensor x = at::embedding(weights_.token_embedding, rows.ids);
  if (config_.projected()) x = weights_.project_in(x);
  if (config_.position != PositionKind::learned) return x;
  return x + at::embedding(weights_.position_embedding, rows.positions + config_.position_offset);
}

at::Tensor Decoder::attend(std::int64_t layer, const at::Tensor& x, const Rotation* rotation,
                           AttentionCore& attention) const {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
  auto [query, key, value] = project(w, config_, x);
  query = query.unflatten(1, {config_.heads, config_.head_size});
  key = key.unflatten(1, {config_.kv_heads, config_.head_size});
  value = value.unflatten(1, {config_.kv_heads, config_.head_size});
  if (config_.query_key_norm) {
    query = w.query_norm(query, NormKind::rms_norm, config_.norm_epsilon);
    key = w.key_norm(key, NormKind::rms_norm, config_.norm_epsilon);
  }
  if (rotation != nullptr) {
    query = (*rotation)(query);
    key = (*rotation)(key);
  }
  const AttentionRule rule{config_.scale_of_layer(layer), config_.window_of_layer(layer)};
  return w.attention_out(attention.attend(layer, query, key, value, rule));
}

DecoderLayer Decoder::layer(std::int64_t index, const std::optional<Rotation>& rotation,
                            AttentionCore& attention) const {
  return [this, index, rotation, &attention](const at::Tensor& x) {
    const LayerWeights& w = weights_.layers[static_cast<std::size_t>(index)];
    // x + f(norm(x)), or norm(x + f(x)).
    const auto residual = [&](const Norm& norm, const at::Tensor& in, const auto& f) {
      const auto normed = [&](const at::Tensor& each) {
        return norm(each, config_.norm, config_.norm_epsilon);
      };
      return config_.norm_after ? normed(in + f(in)) : in + f(normed(in));
    };
    const at::Tensor attended = residual(w.attention_norm, x, [&](const at::Tensor& in) {
      return attend(index, in, rotation ? &*rotation : nullptr, attention);
    });
    return residual(w.mlp_norm, attended,
                    [&](const at::Tensor& in) { return w.mlp(in, config_.activation, config_.gated_mlp); });
  };
}

at::Tensor Decoder::hidden(const TokenRows& rows, AttentionCore& attention, const std::stop_token& stop,
                           const LayerRunner& runner) const {
  std::optional<Rotation> rotation;
  if (rotary_) rotation.emplace(rows.positions, rotary_->of(rows.lengths), rotary_->magnitude());
  at::Tensor x = embed(rows);
  for (std::int64_t i = 0; i < config_.layers; ++i) {
    if (stop.stop_requested()) return {};
    const DecoderLayer each = layer(i, rotation, attention);
    x = runner ? runner(each, x) : each(x);
  }
  if (config_.final_norm) x = weights_.final_norm(x, config_.norm, config_.norm_epsilon);
  return config_.projected() ? weights_.project_out(x) : x;
}

at::Tensor Decoder::logits(const at::Tensor& hidden) const {
  return at::linear(hidden.to(at::kFloat), weights_.head.to(at::kFloat));
}

at::Tensor Decoder::logits_into(const at::Tensor& hidden, std::span<float> out) const {
  const at::Tensor rows = hidden.to(at::kFloat);
  const auto wanted = at::TensorOptions().dtype(at::kFloat);
  at::Tensor target = at::from_blob(out.data(), {hidden.size(0), config_.vocab}, wanted);
  at::Tensor result = device().is_cpu() ? target : at::empty(target.sizes(), wanted.device(device()));
  if (type() == at::kFloat) {
    at::mm_out(result, rows, weights_.head.t());
  } else {
    const std::int64_t row_bytes = weights_.head.size(1) * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t block = std::max<std::int64_t>(1, head_block_bytes / row_bytes);
    for (std::int64_t first = 0; first < config_.vocab; first += block) {
      const std::int64_t count = std::min(block, config_.vocab - first);
      const at::Tensor head = weights_.head.narrow(0, first, count).to(at::kFloat);
      result.narrow(1, first, count).copy_(at::mm(rows, head.t()));
    }
  }
  if (!device().is_cpu()) target.copy_(result);
  return result;
}

}  // namespace tauscope
