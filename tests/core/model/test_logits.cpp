// Logits equal those of transformers (float32, eager attention): the contract's tolerance, 1e-4 * max(1, max
// |logit|).
#include <set>

#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// What float32 forward passes of different summation order may differ by; see the contract.
constexpr float logit_tolerance = 1e-4F;

float tolerance_for(std::span<const float> expected) {
  return logit_tolerance * std::max(1.0F, largest_magnitude(expected));
}

void check_reference(const std::filesystem::path& folder) {
  const auto model = load_model(folder);
  for (const char* name : {"reference_logits_0.safetensors", "reference_logits_1.safetensors"}) {
    INFO(folder << " " << name);
    const GoldenSequence expected = read_reference(folder / name);
    REQUIRE(expected.ids.size() > 40);
    const auto logits = sequence_logits(*model, expected.ids);
    CHECK(largest_difference(logits, expected.logits) <= tolerance_for(expected.logits));
  }
}

}  // namespace

TEST_CASE("golden models: logits equal those of transformers") {
  std::set<std::string> architectures;
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.filename());
    const auto model = load_model(golden.folder);
    architectures.insert(model->config().architecture);
    for (const GoldenSequence& sequence : golden.sequences) {
      const auto logits = sequence_logits(*model, sequence.ids);
      CHECK(largest_difference(logits, sequence.logits) <= tolerance_for(sequence.logits));
      CHECK(largest_magnitude(sequence.logits) > 8.0F);  // peaked, or little would be tested
    }
  }
  // Every architecture that the program knows has a golden model.
  const auto known = CausalLM::known_architectures();
  CHECK(architectures == std::set<std::string>(known.begin(), known.end()));
}

TEST_CASE("the trained teacher: logits equal those of transformers (bfloat16 weights, float32 computation)") {
  TS_NEED_SHARED(folder, "data/checkpoints/teacher-llama-6m");
  check_reference(folder);
}

TEST_CASE("the trained LLaMA student: logits equal those of transformers") {
  TS_NEED_SHARED(folder, "data/checkpoints/student-llama-1m");
  check_reference(folder);
}

TEST_CASE("the trained GPT-2 student: logits equal those of transformers") {
  TS_NEED_SHARED(folder, "data/checkpoints/student-gpt2-1m");
  check_reference(folder);
}

TEST_CASE("a batch of different lengths equals its sequences one by one") {
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.filename());
    const auto model = load_model(golden.folder);
    std::vector<std::vector<std::int32_t>> batch;
    for (const GoldenSequence& sequence : golden.sequences)
      batch.push_back(sequence.ids);
    batch.push_back(golden.sequences.front().ids);
    const auto states = model->hidden_states_batch(batch);
    REQUIRE(states.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto tokens = static_cast<std::int64_t>(batch[i].size());
      REQUIRE(states[i]->tokens() == tokens);
      std::vector<float> logits(batch[i].size() * static_cast<std::size_t>(model->vocab_size()));
      model->logits(*states[i], 0, tokens, logits);
      const auto& expected = golden.sequences[i % golden.sequences.size()].logits;
      CHECK(largest_difference(logits, expected) <= tolerance_for(expected));
    }
  }
}

TEST_CASE("a sequence's result does not depend on its neighbours in the batch") {
  const auto model = load_model(golden_model("llama-gqa").folder);
  const std::vector<std::int32_t> kept = {5, 17, 3, 59, 42, 8};
  const std::vector<std::int32_t> one(20, 7), other(20, 60);
  const auto vocab = static_cast<std::size_t>(model->vocab_size());
  std::vector<float> a(kept.size() * vocab), b(kept.size() * vocab);
  model->logits(*model->hidden_states_batch({one, kept, other})[1], 0, 6, a);
  model->logits(*model->hidden_states_batch({other, kept, one})[1], 0, 6, b);
  CHECK(a == b);  // the same shapes, the same operations: equal bit for bit
}

TEST_CASE("logits of some rows are those rows of all logits") {
  const GoldenModel golden = golden_model("gpt2-untied");
  const auto model = load_model(golden.folder);
  const auto& sequence = golden.sequences.front();
  const auto vocab = static_cast<std::size_t>(model->vocab_size());
  const auto states = model->hidden_states(sequence.ids);
  // One row more than asked for, filled with a guard, must stay as it is.
  std::vector<float> out(6 * vocab, -777.0F);
  model->logits(*states, 3, 5, std::span(out).first(5 * vocab));
  CHECK(std::all_of(out.begin() + static_cast<std::ptrdiff_t>(5 * vocab), out.end(),
                    [](float v) { return v == -777.0F; }));
  const std::span<const float> rows = std::span(sequence.logits).subspan(3 * vocab, 5 * vocab);
  CHECK(largest_difference(std::span(out).first(5 * vocab), rows) <= tolerance_for(sequence.logits));
  CHECK_THROWS_AS(model->logits(*states, 20, 5, std::span(out).first(5 * vocab)), std::invalid_argument);
  CHECK_THROWS_AS(model->logits(*states, 0, 5, std::span(out)), std::invalid_argument);
}

TEST_CASE("computing in half precision stays close to float32") {
  // Two layers round each activation a few dozen times to 8 (11) bits: relative steps of 2^-9 (2^-12). A
  // tenth of the largest logit covers their random walk through weights that are scaled up to amplify them.
  struct Case {
    DType dtype;
    float relative;
  };
  for (const Case each : {Case{DType::bfloat16, 0.1F}, Case{DType::float16, 0.0125F}}) {
    for (const GoldenModel& golden : golden_models()) {
      INFO(golden.folder.filename() << " " << dtype_name(each.dtype));
      const auto model = load_model(golden.folder, each.dtype);
      for (const GoldenSequence& sequence : golden.sequences) {
        const auto logits = sequence_logits(*model, sequence.ids);
        const float difference = largest_difference(logits, sequence.logits);
        CHECK(difference <= each.relative * largest_magnitude(sequence.logits));
        CHECK(difference > 0.0F);  // it was computed in another precision
      }
    }
  }
}
