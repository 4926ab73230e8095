// Against transformers' processors (tests/golden/decoding/make_decoding.py), and by what must hold.
#include "core/decoding/logits_processor.h"

#include <cmath>
#include <limits>

#include "core/base/counter_random.h"
#include "core/base/json.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

DecodingOptions options_of(const Json& setting) {
  DecodingOptions options;
  options.sample = setting.contains("temperature") || setting.contains("top_k") || setting.contains("top_p");
  options.temperature = setting.value("temperature", 1.0);
  options.top_k = setting.value("top_k", 0);
  options.top_p = setting.value("top_p", 1.0);
  options.repetition_penalty = setting.value("repetition_penalty", 1.0);
  options.no_repeat_ngram = setting.value("no_repeat_ngram_size", 0);
  return options;
}

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("rows are processed as by transformers, one rule or all in its order") {
  const Json golden = read_json_file(source_path("tests/golden/decoding/processors.json"));
  std::size_t cases = 0;
  for (const Json& each : golden.at("cases")) {
    INFO(each.at("setting").dump());
    LogitsProcessor rules(options_of(each.at("setting")));
    auto logits = each.at("logits").get<std::vector<float>>();
    rules.process(logits, each.at("history").get<std::vector<std::int32_t>>());
    const Json& expected = each.at("expected");
    REQUIRE(logits.size() == expected.size());
    for (std::size_t j = 0; j < logits.size(); ++j) {
      if (expected[j].is_null()) {
        CHECK(logits[j] == minus_infinity);
      } else {
        CHECK(logits[j] == Approx(expected[j].get<float>()).epsilon(1e-6).margin(1e-7));
      }
    }
    ++cases;
  }
  CHECK(cases >= 45);
}

TEST_CASE("tokens are drawn as often as they are probable, and never what cannot be") {
  DecodingOptions options;
  options.sample = true;
  const LogitsProcessor rules(options);
  const std::vector<double> p = {0.5, 0, 0.25, 0.2, 0.05, 0};
  std::vector<float> logits;
  for (const double each : p)
    logits.push_back(each > 0 ? static_cast<float>(std::log(each)) : minus_infinity);
  std::vector<int> drawn(p.size(), 0);
  const CounterRandom random(3, 4);
  constexpr int draws = 200000;
  for (int i = 0; i < draws; ++i)
    ++drawn[static_cast<std::size_t>(*rules.choose(logits, random.uniform(static_cast<std::uint64_t>(i))))];
  for (std::size_t j = 0; j < p.size(); ++j) {
    // Five standard deviations.
    CHECK(std::abs(drawn[j] - p[j] * draws) <= 5 * std::sqrt(draws * p[j] * (1 - p[j])));
  }
  CHECK(*rules.choose(logits, 0) == 0);
  CHECK(*rules.choose(logits, 1 - 0x1p-53) == 4);
}

TEST_CASE("greedy takes the first of equals; rows without a token have none") {
  const LogitsProcessor greedy{DecodingOptions{}};
  CHECK(*greedy.choose(std::vector<float>{1, 3, 3, 2}, 0.9) == 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(*greedy.choose(std::vector<float>{nan, -5, nan}, 0) == 1);
  for (const bool sample : {false, true}) {
    DecodingOptions options;
    options.sample = sample;
    CHECK_FALSE(LogitsProcessor(options).choose(std::vector<float>{minus_infinity, minus_infinity}, 0.3));
    CHECK_FALSE(LogitsProcessor(options).choose(std::vector<float>{nan, minus_infinity}, 0.3));
  }
  DecodingOptions options;
  options.sample = true;
  options.top_p = 0.5;
  LogitsProcessor rules(options);
  std::vector<float> none = {minus_infinity, nan};
  rules.process(none, {});
  CHECK_FALSE(rules.choose(none, 0.5));
}
