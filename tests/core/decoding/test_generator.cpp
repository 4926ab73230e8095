// Batches that are refilled, limits, stop texts: on a model whose answers can be foretold.
#include "core/decoding/generator.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/counter_random.h"
#include "core/decoding/logits_processor.h"
#include "tests/core/base/error_of.h"
#include "tests/core/decoding/toy_model.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::vector<Prompt> prompts(std::size_t count) {
  std::vector<Prompt> out;
  for (std::size_t i = 0; i < count; ++i) {
    Prompt prompt;
    prompt.example = static_cast<std::int64_t>(10 + i);
    for (std::size_t k = 0; k <= i % 7; ++k)
      prompt.ids.push_back(static_cast<std::int32_t>((i * 5 + k * 11) % 26));
    out.push_back(std::move(prompt));
  }
  return out;
}

struct Done {
  std::map<std::int64_t, GeneratedAnswer> answers;
  std::vector<std::int64_t> order;
  GenerationCounts counts;
  bool complete = false;
};

Done generate(const CausalLM& model, const DecodingOptions& options, std::int64_t batch,
              std::span<const Prompt> asked, std::uint64_t seed = 1) {
  const ToyTokenizer tokenizer;
  SilentProgress silent;
  Generator generator(model, tokenizer, {ToyTokenizer::end}, options, batch);
  Done done;
  done.complete = generator.run(
      asked, seed,
      [&](GeneratedAnswer answer) {
        done.order.push_back(answer.example);
        REQUIRE(done.answers.emplace(answer.example, std::move(answer)).second);
      },
      silent);
  done.counts = generator.counts();
  return done;
}

/// The same, token by token and alone.
GeneratedAnswer alone(const DecodingOptions& options, const Prompt& prompt, std::int64_t context) {
  std::vector<std::int32_t> ids = prompt.ids;
  LogitsProcessor rules(options);
  GeneratedAnswer answer{prompt.example, {}, "", FinishReason::length};
  while (static_cast<std::int64_t>(answer.ids.size()) < options.max_new_tokens &&
         static_cast<std::int64_t>(ids.size()) < context) {
    auto logits = ToyModel::logits_behind(ids);
    rules.process(logits, ids);
    const auto token = rules.choose(logits, 0);
    if (!token) {
      answer.finish = FinishReason::blocked;
      break;
    }
    ids.push_back(*token);
    answer.ids.push_back(*token);
    if (*token == ToyTokenizer::end) {
      answer.finish = FinishReason::end;
      break;
    }
  }
  answer.text = ToyTokenizer().decode(answer.ids, true);
  return answer;
}

bool same(const GeneratedAnswer& a, const GeneratedAnswer& b) {
  return a.example == b.example && a.ids == b.ids && a.text == b.text && a.finish == b.finish;
}

}  // namespace

TEST_CASE("greedy answers are those of each prompt alone, whatever the batch") {
  const ToyModel model(60);
  const auto asked = prompts(23);
  DecodingOptions options;
  options.max_new_tokens = 40;
  options.no_repeat_ngram = GENERATE(0, 2);
  std::set<FinishReason> reasons;
  for (const std::int64_t batch : {1, 2, 5, 23, 64}) {
    const Done done = generate(model, options, batch, asked);
    CHECK(done.complete);
    REQUIRE(done.answers.size() == asked.size());
    std::int64_t tokens = 0;
    for (const Prompt& prompt : asked) {
      const GeneratedAnswer& answer = done.answers.at(prompt.example);
      CHECK(same(answer, alone(options, prompt, 60)));
      reasons.insert(answer.finish);
      tokens += static_cast<std::int64_t>(answer.ids.size());
    }
    CHECK(done.counts.answers == 23);
    CHECK(done.counts.new_tokens == tokens);
  }
  CHECK(reasons.count(FinishReason::end) == 1);
  CHECK(reasons.count(FinishReason::length) == 1);
}

TEST_CASE("sampled answers depend on seed and prompt, not on the batch or on what is beside them") {
  const ToyModel model;
  DecodingOptions options;
  options.sample = true;
  options.temperature = 1.5;
  options.top_k = 20;
  options.top_p = 0.9;
  options.max_new_tokens = 30;
  auto asked = prompts(19);
  const Done first = generate(model, options, 1, asked, 42);
  for (const std::int64_t batch : {3, 8, 19}) {
    const Done again = generate(model, options, batch, asked, 42);
    for (const auto& [example, answer] : first.answers)
      CHECK(same(answer, again.answers.at(example)));
  }
  std::reverse(asked.begin(), asked.end());
  asked.resize(7);
  for (const auto& [example, answer] : generate(model, options, 4, asked, 42).answers)
    CHECK(same(answer, first.answers.at(example)));
  std::size_t others = 0;
  for (const auto& [example, answer] : generate(model, options, 4, asked, 43).answers)
    others += answer.ids != first.answers.at(example).ids ? 1 : 0;
  CHECK(others == asked.size());
}

TEST_CASE("rows are refilled as they finish: a long answer does not hold up the others") {
  const ToyModel model;
  const auto asked = prompts(40);
  DecodingOptions options;
  options.max_new_tokens = 60;
  const Done done = generate(model, options, 4, asked);
  CHECK(model.widest == 4);
  std::int64_t longest = 0, all = 0;
  for (const auto& [example, answer] : done.answers) {
    longest = std::max(longest, static_cast<std::int64_t>(answer.ids.size()));
    all += static_cast<std::int64_t>(answer.ids.size());
  }
  // Passes of full batches, one for each time rows were added, and the tail of the last answers.
  CHECK(model.passes <= all / 4 + static_cast<std::int64_t>(asked.size()) + longest);
  CHECK_FALSE(std::is_sorted(done.order.begin(), done.order.end()));
}

TEST_CASE("an answer ends before a stop text") {
  const ToyModel model;
  const auto asked = prompts(12);
  DecodingOptions options;
  options.max_new_tokens = 40;
  const Done free = generate(model, options, 3, asked);
  const GeneratedAnswer& known = free.answers.at(13);
  REQUIRE(known.text.size() > 8);
  const std::string stop = known.text.substr(4, 3);
  options.stop = {"no such text", stop};
  const Done done = generate(model, options, 3, asked);
  for (const auto& [example, answer] : done.answers) {
    const GeneratedAnswer& before = free.answers.at(example);
    const auto at = before.text.find(stop);
    CHECK((answer.finish == FinishReason::stop) == (at != std::string::npos));
    CHECK(answer.text == before.text.substr(0, at));
    CHECK(std::equal(answer.ids.begin(), answer.ids.end(), before.ids.begin()));
    if (at != std::string::npos) CHECK(answer.ids.size() == at + stop.size());
  }
}

TEST_CASE("where nothing is left to choose the answer ends and says so") {
  const ToyModel model;
  const std::vector<Prompt> asked = prompts(2);
  DecodingOptions options;
  options.no_repeat_ngram = 1;  // no token twice: 28 at most
  options.max_new_tokens = 100;
  const ToyTokenizer tokenizer;
  SilentProgress silent;
  Generator generator(model, tokenizer, {}, options, 2);  // nothing ends an answer
  std::vector<GeneratedAnswer> answers;
  CHECK(generator.run(
      asked, 0, [&](GeneratedAnswer answer) { answers.push_back(std::move(answer)); }, silent));
  REQUIRE(answers.size() == 2);
  for (const GeneratedAnswer& answer : answers) {
    CHECK(answer.finish == FinishReason::blocked);
    CHECK(answer.ids.size() >= 20);
  }
  CHECK(std::string(finish_reason_name(FinishReason::blocked)) == "blocked");
}

TEST_CASE("a stop drops the answers under way and keeps those that were handed over") {
  const ToyModel model;
  const auto asked = prompts(30);
  const ToyTokenizer tokenizer;
  SilentProgress silent;
  Generator generator(model, tokenizer, {ToyTokenizer::end}, {}, 4);
  std::stop_source stop;
  std::size_t taken = 0;
  CHECK_FALSE(generator.run(
      asked, 0,
      [&](GeneratedAnswer) {
        if (++taken == 5) stop.request_stop();
      },
      silent, stop.get_token()));
  CHECK(taken >= 5);
  CHECK(taken <= 9);
  CHECK(generator.run(
      {}, 0, [](GeneratedAnswer) {}, silent));
}

TEST_CASE("prompts are cut from the left to what options and context leave") {
  std::int64_t cut = 0;
  const std::vector<std::int32_t> ids = {1, 2, 3, 4, 5, 6, 7, 8};
  DecodingOptions options;
  options.max_new_tokens = 10;
  CHECK(fit_prompt(ids, options, 100, cut) == ids);
  CHECK(cut == 0);
  CHECK(fit_prompt(ids, options, 15, cut) == std::vector<std::int32_t>{4, 5, 6, 7, 8});
  CHECK(cut == 3);
  CHECK(fit_prompt(ids, options, 8, cut) == std::vector<std::int32_t>{8});  // always one
  options.max_prompt_length = 6;
  CHECK(fit_prompt(ids, options, 100, cut).size() == 6);
  CHECK(fit_prompt(ids, options, 5, cut).size() == 4);  // room for one new token
  CHECK_THROWS_AS(Generator(ToyModel(), ToyTokenizer(), {}, {}, 0), std::invalid_argument);
  options.top_p = 2;
  CHECK_THROWS_AS(Generator(ToyModel(), ToyTokenizer(), {}, options, 1), Error);
}
