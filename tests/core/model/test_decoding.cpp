// Step-by-step decoding with a cache equals the forward pass over the whole sequence, padding or not.
#include <algorithm>

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

struct PaddedBatch {
  std::vector<std::int32_t> ids;  ///< (batch, longest)
  std::vector<std::int64_t> padding;
};

PaddedBatch pad_left(const std::vector<GoldenSequence>& sequences, std::int32_t filler) {
  std::size_t longest = 0;
  for (const auto& each : sequences)
    longest = std::max(longest, each.ids.size());
  PaddedBatch batch;
  for (const auto& each : sequences) {
    batch.padding.push_back(static_cast<std::int64_t>(longest - each.ids.size()));
    batch.ids.insert(batch.ids.end(), longest - each.ids.size(), filler);
    batch.ids.insert(batch.ids.end(), each.ids.begin(), each.ids.end());
  }
  return batch;
}

/// Greedy continuations of a left-padded batch, and the logits of the first step.
std::vector<std::vector<std::int32_t>> decode_greedily(const CausalLM& model, const GoldenModel& golden,
                                                       std::int32_t filler,
                                                       std::vector<float>& first_logits) {
  const auto batch = static_cast<std::int64_t>(golden.sequences.size());
  const auto vocab = static_cast<std::size_t>(model.vocab_size());
  const PaddedBatch padded = pad_left(golden.sequences, filler);
  const auto cache = model.make_cache(batch);
  std::vector<float> logits(golden.sequences.size() * vocab);
  model.decode_step(*cache, padded.ids, batch, padded.padding, logits);
  first_logits = logits;
  std::vector<std::vector<std::int32_t>> continuations(golden.sequences.size());
  while (true) {
    std::vector<std::int32_t> chosen;
    for (std::size_t i = 0; i < continuations.size(); ++i) {
      chosen.push_back(best(std::span(logits).subspan(i * vocab, vocab)));
      continuations[i].push_back(chosen.back());
    }
    if (continuations.front().size() == golden.sequences.front().greedy.size()) return continuations;
    model.decode_step(*cache, chosen, batch, {}, logits);
  }
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
      model->decode_step(*cache, std::span(sequence.ids).subspan(i, 1), 1, {}, logits);
      CHECK(cache->length() == static_cast<std::int64_t>(i + 1));
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
    model->decode_step(*cache, std::span(ids).subspan(done, steps), 1, {}, logits);
    done += steps;
    INFO(done << " tokens");
    CHECK(largest_difference(logits, std::span(expected).subspan((done - 1) * vocab, vocab)) <=
          tolerance_for(expected));
  }
  REQUIRE(done == ids.size());
}

TEST_CASE("a left-padded batch continues as transformers continues each sequence alone") {
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.filename());
    const auto model = load_model(golden.folder);
    std::vector<float> first, second;
    const auto continuations = decode_greedily(*model, golden, 0, first);
    for (std::size_t i = 0; i < golden.sequences.size(); ++i) {
      CHECK(continuations[i] == golden.sequences[i].greedy);
      const auto vocab = static_cast<std::size_t>(model->vocab_size());
      const auto& sequence = golden.sequences[i];
      CHECK(largest_difference(std::span(first).subspan(i * vocab, vocab),
                               row(sequence.logits, sequence, sequence.ids.size() - 1)) <=
            tolerance_for(sequence.logits));
    }
    // What stands in the padding must not matter at all.
    CHECK(decode_greedily(*model, golden, 60, second) == continuations);
    CHECK(first == second);
  }
}

TEST_CASE("more tokens after a left-padded prompt, several at once") {
  const GoldenModel golden = golden_model("gpt2-tied");
  const auto model = load_model(golden.folder);
  const std::vector<std::int32_t> a = {4, 8, 15, 16, 23, 42, 7}, b = {1, 2, 3, 4, 5};
  const auto vocab = static_cast<std::size_t>(model->vocab_size());
  const auto cache = model->make_cache(2);
  std::vector<float> logits(2 * vocab);
  const std::vector<std::int32_t> prompt = {4, 8, 15, 16, 50, 50, 1, 2};
  model->decode_step(*cache, prompt, 2, std::vector<std::int64_t>{0, 2}, logits);
  const std::vector<std::int32_t> rest = {23, 42, 7, 3, 4, 5};
  model->decode_step(*cache, rest, 2, {}, logits);
  const auto expected_a = sequence_logits(*model, a), expected_b = sequence_logits(*model, b);
  CHECK(largest_difference(std::span(logits).first(vocab), std::span(expected_a).last(vocab)) <=
        tolerance_for(expected_a));
  CHECK(largest_difference(std::span(logits).last(vocab), std::span(expected_b).last(vocab)) <=
        tolerance_for(expected_b));
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
  CHECK_THROWS_AS(model->decode_step(*cache, unknown, 1, {}, logits), Error);
  CHECK(cache->length() == 0);
  model->decode_step(*cache, std::span(full).first(63), 1, {}, logits);
  CHECK_THROWS_AS(model->decode_step(*cache, std::span(full).first(2), 1, {}, logits), Error);
  model->decode_step(*cache, one, 1, {}, logits);
  CHECK(cache->length() == 64);
  CHECK_THROWS_AS(model->decode_step(*cache, one, 1, {}, logits), Error);
  CHECK_THROWS_AS(model->decode_step(*cache, one, 2, {}, logits), std::invalid_argument);
  CHECK_THROWS_AS(model->decode_step(*model->make_cache(1), one, 1, std::vector<std::int64_t>{1}, logits),
                  std::invalid_argument);
}
