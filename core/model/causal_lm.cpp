#include "core/model/causal_lm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/model/current_stream.h"
#include "core/model/decoder.h"
#include "core/model/runtime.h"
#include "core/model/torch_causal_lm.h"

namespace tauscope {
namespace {

class TensorHiddenStates final : public HiddenStates {
 public:
  explicit TensorHiddenStates(at::Tensor tensor) : tensor_(std::move(tensor)) {}
  std::int64_t tokens() const override { return tensor_.size(0); }
  const at::Tensor& tensor() const { return tensor_; }

 private:
  at::Tensor tensor_;  ///< (tokens, hidden)
};

class TensorMatrix final : public DeviceMatrix {
 public:
  explicit TensorMatrix(at::Tensor tensor) : tensor_(std::move(tensor)) {}
  const void* data() const override { return tensor_.const_data_ptr(); }
  int device() const override { return tensor_.device().index(); }
  void* stream() const override { return current_stream(tensor_.device()); }
  at::Tensor rows(std::int64_t first, std::int64_t count) const { return tensor_.narrow(0, first, count); }

 private:
  at::Tensor tensor_;  ///< (rows, vocab)
};

at::Tensor to_tensor(std::span<const std::int32_t> ids) {
  std::vector<std::int64_t> wide(ids.begin(), ids.end());
  return at::tensor(wide);
}

class TorchCausalLM final : public CausalLM {
 public:
  explicit TorchCausalLM(Decoder decoder) : decoder_(std::move(decoder)) {}

  const DecoderConfig& config() const override { return decoder_.config(); }
  const std::vector<std::string>& remarks() const override { return decoder_.weights().remarks; }
  std::string device() const override { return decoder_.device().str(); }

  std::shared_ptr<HiddenStates> hidden_states(std::span<const std::int32_t> ids) const override {
    return hidden_states_batch({std::vector<std::int32_t>(ids.begin(), ids.end())}, {}).front();
  }

  std::vector<std::shared_ptr<HiddenStates>> hidden_states_batch(
      const std::vector<std::vector<std::int32_t>>& batch, const std::stop_token& stop) const override;

  void logits(const HiddenStates& hidden, std::int64_t first, std::int64_t count, std::span<float> out,
              DeviceMatrix* kept, std::int64_t row) const override;

  std::shared_ptr<DeviceMatrix> device_matrix(std::int64_t rows) const override;

  std::unique_ptr<KeyValueCache> make_cache(std::int64_t sequences) const override;

  void extend(KeyValueCache& cache, std::span<const NewTokens> additions,
              std::span<float> logits) const override;

 private:
  void check_ids(std::span<const std::int32_t> ids) const;
  void check_length(std::int64_t length) const;
  void check_additions(const LayeredCache& cache, std::span<const NewTokens> additions) const;

  Decoder decoder_;
};

void TorchCausalLM::check_ids(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids)
    if (id < 0 || id >= config().vocab)
      throw Error::bad_input("", "a token id is outside the model's vocabulary")
          .found(std::to_string(id))
          .expected(fmt::format("0 to {}", config().vocab - 1));
}

void TorchCausalLM::check_length(std::int64_t length) const {
  if (length > config().context)
    throw Error::bad_input("", "the sequence is longer than the model's context")
        .found(fmt::format("{} tokens", length))
        .expected(fmt::format("at most {}", config().context));
}

std::vector<std::shared_ptr<HiddenStates>> TorchCausalLM::hidden_states_batch(
    const std::vector<std::vector<std::int32_t>>& batch, const std::stop_token& stop) const {
  if (batch.empty()) return {};
  std::vector<std::int64_t> lengths;
  for (const auto& sequence : batch) {
    if (sequence.empty()) throw Error::bad_input("", "a sequence of no tokens has no hidden states");
    check_length(static_cast<std::int64_t>(sequence.size()));
    check_ids(sequence);
    lengths.push_back(static_cast<std::int64_t>(sequence.size()));
  }
  return run_inference("the forward pass", [&] {
    PackedAttention attention(lengths);
    const at::Tensor hidden = decoder_.hidden(packed_rows(batch, decoder_.device()), attention, stop);
    std::vector<std::shared_ptr<HiddenStates>> states;
    if (!hidden.defined()) return states;
    std::int64_t first = 0;
    for (const std::int64_t length : lengths) {
      states.push_back(std::make_shared<TensorHiddenStates>(hidden.narrow(0, first, length)));
      first += length;
    }
    return states;
  });
}

void TorchCausalLM::logits(const HiddenStates& hidden, std::int64_t first, std::int64_t count,
                           std::span<float> out, DeviceMatrix* kept, std::int64_t row) const {
  const auto& states = dynamic_cast<const TensorHiddenStates&>(hidden).tensor();
  if (first < 0 || count < 0 || first + count > states.size(0) ||
      out.size() != static_cast<std::size_t>(count * config().vocab))
    throw std::invalid_argument("logits: rows or output outside the hidden states");
  if (count == 0) return;
  run_inference("the logits", [&] {
    const at::Tensor rows = decoder_.logits_into(states.narrow(0, first, count), out);
    if (kept != nullptr) dynamic_cast<TensorMatrix&>(*kept).rows(row, count).copy_(rows);
  });
}

std::shared_ptr<DeviceMatrix> TorchCausalLM::device_matrix(std::int64_t rows) const {
  if (decoder_.device().is_cpu()) return nullptr;
  return run_inference("the logits", [&] {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(decoder_.device());
    return std::make_shared<TensorMatrix>(at::empty({rows, config().vocab}, options));
  });
}

std::unique_ptr<KeyValueCache> TorchCausalLM::make_cache(std::int64_t sequences) const {
  if (sequences < 1) throw std::invalid_argument("make_cache: a cache for no sequence");
  return run_inference("the key-value cache", [&] {
    return std::make_unique<LayeredCache>(config(), sequences, decoder_.type(), decoder_.device());
  });
}

void TorchCausalLM::check_additions(const LayeredCache& cache, std::span<const NewTokens> additions) const {
  if (additions.empty() || cache.layers() != config().layers)
    throw std::invalid_argument("extend: nothing to add, or the cache of another model");
  std::vector<bool> named(static_cast<std::size_t>(cache.sequences()), false);
  for (const NewTokens& addition : additions) {
    if (addition.ids.empty() || addition.sequence < 0 || addition.sequence >= cache.sequences() ||
        named[static_cast<std::size_t>(addition.sequence)])
      throw std::invalid_argument("extend: no tokens, or a sequence that is not there or is named twice");
    named[static_cast<std::size_t>(addition.sequence)] = true;
    check_ids(addition.ids);
    check_length(cache.length(addition.sequence) + static_cast<std::int64_t>(addition.ids.size()));
  }
}

void TorchCausalLM::extend(KeyValueCache& cache, std::span<const NewTokens> additions,
                           std::span<float> logits) const {
  auto& layered = dynamic_cast<LayeredCache&>(cache);
  check_additions(layered, additions);
  if (logits.size() != additions.size() * static_cast<std::size_t>(config().vocab))
    throw std::invalid_argument("extend: the output must be (additions, vocab)");
  run_inference("a decoding step", [&] {
    std::vector<std::int32_t> ids;
    std::vector<std::int64_t> positions, lengths, last;
    std::vector<CacheAddition> added;
    std::int64_t longest = 0;
    for (const NewTokens& addition : additions) {
      const auto tokens = static_cast<std::int64_t>(addition.ids.size());
      const std::int64_t before = layered.length(addition.sequence), after = before + tokens;
      ids.insert(ids.end(), addition.ids.begin(), addition.ids.end());
      for (std::int64_t at = before; at < after; ++at)
        positions.push_back(at);
      lengths.insert(lengths.end(), addition.ids.size(), after);
      last.push_back(static_cast<std::int64_t>(ids.size()) - 1);
      added.push_back({addition.sequence, tokens});
      longest = std::max(longest, after);
    }
    layered.reserve(longest);
    const at::Device device = decoder_.device();
    CachedAttention attention(layered, added);
    const at::Tensor hidden = decoder_.hidden(
        {to_tensor(ids).to(device), at::tensor(positions).to(device), at::tensor(lengths).to(device)},
        attention);
    decoder_.logits_into(hidden.index_select(0, at::tensor(last).to(device)), logits);
    for (const auto& [sequence, tokens] : added)
      layered.advance(sequence, tokens);
  });
}

}  // namespace

std::unique_ptr<CausalLM> CausalLM::load(const Checkpoint& checkpoint, const ModelOptions& options) {
  DecoderConfig config = read_decoder_config(checkpoint);
  const at::Device device = parse_device(options.device);
  use_threads(options.threads);
  try {
    DecoderWeights weights = load_weights(checkpoint, config, scalar_type_of(options.dtype), device);
    return std::make_unique<TorchCausalLM>(Decoder(std::move(config), std::move(weights)));
  } catch (const c10::Error& error) {
    throw translated(error, "loading " + checkpoint.folder().string());
  }
}

std::unique_ptr<CausalLM> causal_lm_of(Decoder decoder) {
  return std::make_unique<TorchCausalLM>(std::move(decoder));
}

std::vector<std::string> CausalLM::known_architectures() {
  std::vector<std::string> names;
  for (const Family& family : families())
    names.emplace_back(family.model_type);
  return names;
}

ModelOptions model_options(const std::string& device, const std::string& dtype, int threads) {
  for (const DType each : {DType::float32, DType::bfloat16, DType::float16})
    if (dtype == dtype_name(each)) return {device, each, threads};
  throw Error::usage("--dtype: there is no such type").found(dtype).expected("float32, bfloat16 or float16");
}

std::vector<float> sequence_logits(const CausalLM& model, std::span<const std::int32_t> ids) {
  if (ids.empty()) return {};
  std::vector<float> out(ids.size() * static_cast<std::size_t>(model.vocab_size()));
  model.logits(*model.hidden_states(ids), 0, static_cast<std::int64_t>(ids.size()), out);
  return out;
}

}  // namespace tauscope
