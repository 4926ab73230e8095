// Step-by-step decoding with a cache equals the forward pass over the whole sequence, alone or beside others.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/error.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Of logits computed with other shapes, hence in another order of summation.
float tolerance_for(std::span<const float> expected) {
  return 1e-4F * std::max(1.0F, largest_magnitude(expected));
}

std::span<const float> row(const std::vector<float>& logits, const GoldenSequence& sequence, std::size_t i) {
  const std::size_t vocab = logits.size() / sequence.ids.size();
  return std::span(logits).subspan(i * vocab, vocab);
}

std::int32_t best(std::span<const float> logits) {
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

/// Greedy continuations of all sequences side by side, and the logits of the first step. `together`: the
/// prompts in one pass.
std::vector<std::vector<std::int32_t>> decode_greedily(const CausalLM& model, const GoldenModel& golden,
                                                       bool together, std::vector<float>& first_logits) {
  const std::size_t count = golden.sequences.size();
  const auto vocab = static_cast<std::size_t>(model.vocab_size());
  const auto cache = model.make_cache(static_cast<std::int64_t>(count));
  std::vector<float> logits(count * vocab);
  std::vector<NewTokens> additions;
  for (std::size_t i = 0; i < count; ++i) {
    additions.push_back({static_cast<std::int64_t>(i), golden.sequences[i].ids});
    if (!together)
      model.extend(*cache, std::span(additions).last(1), std::span(logits).subspan(i * vocab, vocab));
  }
  if (together) model.extend(*cache, additions, logits);
  first_logits = logits;
  std::vector<std::vector<std::int32_t>> continuations(count);
  while (true) {
    for (std::size_t i = 0; i < count; ++i)
      continuations[i].push_back(best(std::span(logits).subspan(i * vocab, vocab)));
    if (continuations.front().size() == golden.sequences.front().greedy.size()) return continuations;
    for (std::size_t i = 0; i < count; ++i)
      additions[i].ids = std::span(continuations[i]).last(1);
    model.extend(*cache, additions, logits);
  }
}

/// The logits behind the last of `ids`, which are added to sequence 0.
void add(const CausalLM& model, KeyValueCache& cache, std::span<const std::int32_t> ids,
         std::span<float> logits) {
  const NewTokens addition{0, ids};
  model.extend(cache, std::span(&addition, 1), logits);
}

}  // namespace

TEST_CASE(
    "decoding token by token gives the logits of the whole sequence, or those that transformers gives so") {
  int of_their_own = 0;
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.filename());
    const auto model = load_model(golden.folder);
    const GoldenSequence& sequence = golden.sequences.front();
    const auto cache = model->make_cache(1);
    std::vector<float> logits(static_cast<std::size_t>(model->vocab_size()));
    for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
      add(*model, *cache, std::span(sequence.ids).subspan(i, 1), logits);
      CHECK(cache->length(0) == static_cast<std::int64_t>(i + 1));
      const auto& expected = sequence.steps.empty() ? sequence.logits : sequence.steps;
      CHECK(largest_difference(logits, row(expected, sequence, i)) <= tolerance_for(sequence.logits));
    }
    if (!sequence.steps.empty()) ++of_their_own;
    CHECK(model->config().rope.depends_on_length() == !sequence.steps.empty());
  }
  CHECK(of_their_own >= 5);  // dynamic and longrope
}

TEST_CASE("several tokens a step, and steps that outgrow the cache's first block") {
  // 64 positions fill the first block exactly; the model with 128 goes beyond it.
  const GoldenModel golden = golden_model("llama-rope-llama3");
  const auto model = load_model(golden.folder);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 125; ++i)
    ids.push_back((i * 37 + 11) % 61);
  const auto expected = sequence_logits(*model, ids);
  const auto vocab = static_cast<std::size_t>(model->vocab_size());
  const auto cache = model->make_cache(1);
  std::vector<float> logits(vocab);
  std::size_t done = 0;
  for (const std::size_t steps : {1, 30, 32, 1, 2, 50, 9}) {
    add(*model, *cache, std::span(ids).subspan(done, steps), logits);
    done += steps;
    INFO(done << " tokens");
    CHECK(largest_difference(logits, std::span(expected).subspan((done - 1) * vocab, vocab)) <=
          tolerance_for(expected));
  }
  REQUIRE(done == ids.size());
}

TEST_CASE("sequences side by side continue as transformers continues each alone") {
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.filename());
    const auto model = load_model(golden.folder);
    for (const bool together : {true, false}) {
      std::vector<float> first;
      const auto continuations = decode_greedily(*model, golden, together, first);
      for (std::size_t i = 0; i < golden.sequences.size(); ++i) {
        CHECK(continuations[i] == golden.sequences[i].greedy);
        const auto vocab = static_cast<std::size_t>(model->vocab_size());
        const auto& sequence = golden.sequences[i];
        CHECK(largest_difference(std::span(first).subspan(i * vocab, vocab),
                                 row(sequence.logits, sequence, sequence.ids.size() - 1)) <=
              tolerance_for(sequence.logits));
      }
    }
  }
}

TEST_CASE("sequences come, grow by any number of tokens, move and go without a trace in each other") {
  for (const char* name : {"gpt2-tied", "llama-gqa", "mistral-window", "qwen2-window"}) {
    INFO(name);
    const auto model = load_model(golden_model(name).folder);
    const auto vocab = static_cast<std::size_t>(model->vocab_size());
    constexpr std::int64_t places = 4;
    const auto cache = model->make_cache(places);
    std::vector<std::vector<std::int32_t>> held(places);
    std::uint32_t state = 1;
    const auto random = [&](std::uint32_t below) {
      state = state * 1664525 + 1013904223;
      return (state >> 16) % below;
    };
    for (int turn = 0; turn < 60; ++turn) {
      const auto sequence = static_cast<std::int64_t>(random(places));
      if (random(6) == 0) {
        const auto to = static_cast<std::int64_t>(random(places));
        if (to != sequence) {
          cache->move(sequence, to);
          held[static_cast<std::size_t>(to)] = std::exchange(held[static_cast<std::size_t>(sequence)], {});
        }
      }
      if (held[static_cast<std::size_t>(sequence)].size() > 40 || random(8) == 0) {
        cache->clear(sequence);
        held[static_cast<std::size_t>(sequence)].clear();
      }
      std::vector<std::vector<std::int32_t>> added(places);
      std::vector<NewTokens> additions;
      const bool one_each = random(2) == 0;
      for (std::size_t i = 0; i < places; ++i) {
        if (!one_each && random(2) == 0) continue;
        added[i].resize(one_each ? 1 : 1 + random(9));
        for (auto& id : added[i])
          id = static_cast<std::int32_t>(random(61));
        held[i].insert(held[i].end(), added[i].begin(), added[i].end());
        additions.push_back({static_cast<std::int64_t>(i), added[i]});
      }
      if (additions.empty()) continue;
      std::vector<float> logits(additions.size() * vocab);
      model->extend(*cache, additions, logits);
      for (std::size_t k = 0; k < additions.size(); ++k) {
        const auto& whole = held[static_cast<std::size_t>(additions[k].sequence)];
        CHECK(cache->length(additions[k].sequence) == static_cast<std::int64_t>(whole.size()));
        const auto expected = sequence_logits(*model, whole);
        REQUIRE(largest_difference(std::span(logits).subspan(k * vocab, vocab),
                                   std::span(expected).last(vocab)) <= tolerance_for(expected));
      }
    }
  }
}

TEST_CASE("what does not fit is refused, and the cache stays usable") {
  const auto model = load_model(golden_model("gpt2-tied").folder);
  const auto vocab = static_cast<std::size_t>(model->vocab_size());
  std::vector<float> logits(vocab);
  const std::vector<std::int32_t> full(64, 3), one = {3}, unknown = {61}, negative = {-1};
  CHECK_THROWS_AS(model->hidden_states(std::vector<std::int32_t>(65, 3)), Error);
  CHECK_THROWS_AS(model->hidden_states(unknown), Error);
  CHECK_THROWS_AS(model->hidden_states(negative), Error);
  CHECK_THROWS_AS(model->hidden_states({}), Error);

  const auto cache = model->make_cache(1);
  CHECK_THROWS_AS(add(*model, *cache, unknown, logits), Error);
  CHECK(cache->length(0) == 0);
  add(*model, *cache, std::span(full).first(63), logits);
  CHECK_THROWS_AS(add(*model, *cache, std::span(full).first(2), logits), Error);
  add(*model, *cache, one, logits);
  CHECK(cache->length(0) == 64);
  CHECK_THROWS_AS(add(*model, *cache, one, logits), Error);
  cache->clear(0);
  add(*model, *cache, one, logits);
  CHECK_THROWS_AS(add(*model, *cache, {}, logits), std::invalid_argument);
  CHECK_THROWS_AS(add(*model, *cache, one, std::span(logits).first(1)), std::invalid_argument);
  const std::vector<NewTokens> outside = {{1, one}}, twice = {{0, one}, {0, one}};
  CHECK_THROWS_AS(model->extend(*cache, outside, logits), std::invalid_argument);
  std::vector<float> two(2 * vocab);
  CHECK_THROWS_AS(model->extend(*cache, twice, two), std::invalid_argument);
  CHECK(cache->length(0) == 1);
  CHECK_THROWS_AS(model->make_cache(0), std::invalid_argument);
}
