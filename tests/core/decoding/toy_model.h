// A model whose logits are a pure function of the tokens so far, and a tokenizer of letters: what decoding
// does can be foretold exactly, whatever the batch.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/model/causal_lm.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope::test {

/// Ids 0 … 25 are the letters, 26 a space, 27 the end.
class ToyTokenizer final : public Tokenizer {
 public:
  static constexpr std::int32_t end = 27, count = 28;

  std::vector<std::int32_t> encode(std::string_view text, bool) const override {
    std::vector<std::int32_t> ids;
    for (const char c : text)
      ids.push_back(c == ' ' ? 26 : c - 'a');
    return ids;
  }
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const override {
    std::string text;
    for (const std::int32_t id : ids)
      if (id != end || !skip_special_tokens) text += token_bytes(id);
    return text;
  }
  std::string token_bytes(std::int32_t id) const override {
    return id == end ? "</s>" : id == 26 ? " " : std::string(1, static_cast<char>('a' + id));
  }
  std::int32_t size() const override { return count; }
  std::optional<std::int32_t> bos_id() const override { return std::nullopt; }
  std::optional<std::int32_t> eos_id() const override { return end; }
  bool is_special(std::int32_t id) const override { return id == end; }
  std::string description() const override { return "letters"; }
  std::vector<std::filesystem::path> files() const override { return {}; }
};

class ToyModel final : public CausalLM {
 public:
  explicit ToyModel(std::int64_t context = 200) {
    config_.vocab = ToyTokenizer::count;
    config_.context = context;
  }

  /// Of the token behind `ids`.
  static std::vector<float> logits_behind(std::span<const std::int32_t> ids) {
    std::uint64_t state = 0x9e3779b97f4a7c15u;
    for (const std::int32_t id : ids)
      state = (state ^ static_cast<std::uint64_t>(id + 1)) * 0xbf58476d1ce4e5b9u + 1;
    std::vector<float> logits;
    for (std::uint64_t j = 0; j < ToyTokenizer::count; ++j) {
      std::uint64_t x = state + j * 0x94d049bb133111ebu;
      x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
      logits.push_back(static_cast<float>((x ^ (x >> 32)) >> 40) * 0x1p-24F * 8);
    }
    logits[ToyTokenizer::end] -= 0.1F;  // answers of some length
    return logits;
  }

  const DecoderConfig& config() const override { return config_; }
  const std::vector<std::string>& remarks() const override { return remarks_; }
  std::string device() const override { return "cpu"; }
  std::shared_ptr<HiddenStates> hidden_states(std::span<const std::int32_t>) const override {
    return nullptr;
  }
  std::vector<std::shared_ptr<HiddenStates>> hidden_states_batch(
      const std::vector<std::vector<std::int32_t>>&, const std::stop_token&) const override {
    return {};
  }
  void logits(const HiddenStates&, std::int64_t, std::int64_t, std::span<float>, DeviceMatrix*,
              std::int64_t) const override {}
  std::shared_ptr<DeviceMatrix> device_matrix(std::int64_t) const override { return nullptr; }

  struct Cache final : KeyValueCache {
    std::vector<std::vector<std::int32_t>> held;
    std::int64_t sequences() const override { return static_cast<std::int64_t>(held.size()); }
    std::int64_t length(std::int64_t i) const override { return static_cast<std::int64_t>(at(i).size()); }
    void clear(std::int64_t i) override { held.at(static_cast<std::size_t>(i)).clear(); }
    void move(std::int64_t from, std::int64_t to) override {
      held.at(static_cast<std::size_t>(to)) = std::exchange(held.at(static_cast<std::size_t>(from)), {});
    }
    const std::vector<std::int32_t>& at(std::int64_t i) const { return held.at(static_cast<std::size_t>(i)); }
  };
  std::unique_ptr<KeyValueCache> make_cache(std::int64_t sequences) const override {
    auto cache = std::make_unique<Cache>();
    cache->held.resize(static_cast<std::size_t>(sequences));
    return cache;
  }
  void extend(KeyValueCache& cache, std::span<const NewTokens> additions,
              std::span<float> logits) const override {
    ++passes;
    auto& held = dynamic_cast<Cache&>(cache).held;
    for (std::size_t i = 0; i < additions.size(); ++i) {
      auto& ids = held.at(static_cast<std::size_t>(additions[i].sequence));
      ids.insert(ids.end(), additions[i].ids.begin(), additions[i].ids.end());
      if (static_cast<std::int64_t>(ids.size()) > config_.context)
        throw std::logic_error("beyond the context");
      const auto row = logits_behind(ids);
      std::copy(row.begin(), row.end(), logits.begin() + static_cast<std::ptrdiff_t>(i * row.size()));
      widest = std::max(widest, additions.size());
    }
  }

  mutable std::int64_t passes = 0;
  mutable std::size_t widest = 0;  ///< most sequences of one pass

 private:
  DecoderConfig config_;
  std::vector<std::string> remarks_;
};

}  // namespace tauscope::test
