// Damaged input by the thousand, deterministic: TAUSCOPE_FUZZ_INPUTS sets how many (20000 of 100 percent),
// TAUSCOPE_FUZZ_SEED another series. A failure names the seed and the number of the input.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/mutator.h"
#include "tests/fuzz/targets.h"
#include "tests/support/catch.h"

using namespace tauscope::fuzz;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

Target target_named(const std::string& name) {
  for (Target& target : all_targets())
    if (target.name == name) return target;
  throw std::invalid_argument("no such target: " + name);
}

/// The figures at the end guard the fuzzer itself.
void check(const std::string& name) {
  const Target target = target_named(name);
  for (const std::string& valid : target.corpus) {
    const Outcome outcome = target.run(valid);
    INFO(name << ": " << outcome.problem);
    CHECK(outcome.accepted);
  }
  const std::uint64_t seed = from_environment("TAUSCOPE_FUZZ_SEED", 1);
  const std::uint64_t inputs = from_environment("TAUSCOPE_FUZZ_INPUTS", 20000) * target.share / 100;
  Mutator mutator(seed, target.corpus, target.dictionary);
  std::uint64_t accepted = 0;
  std::set<std::string> problems;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    const std::string input = target.is_safetensors ? mutator.next_safetensors() : mutator.next();
    try {
      const Outcome outcome = target.run(input);
      accepted += outcome.accepted ? 1 : 0;
      if (!outcome.accepted) problems.insert(outcome.problem);
    } catch (const std::exception& error) {
      FAIL(name << ", input " << number << " of seed " << seed << ": " << error.what());
    }
  }
  if (inputs < 1000) return;
  CHECK(accepted > inputs / 100);
  CHECK(accepted < inputs * 9 / 10);
  CHECK(problems.size() >= target.least_problems);
}

}  // namespace

TEST_CASE("damaged JSON is refused or read as the library reads it") {
  check("json");
}
TEST_CASE("damaged CSV is refused or survives a round trip") {
  check("csv");
}
TEST_CASE("damaged safetensors files are refused, or cover their data exactly") {
  check("safetensors");
}
TEST_CASE("damaged indexes are refused, or name files of the folder only") {
  check("shard_index");
}
TEST_CASE("damaged logits files are refused, or can be read to their last entry") {
  check("logits_file");
}
TEST_CASE("damaged archives of torch.save are refused, or can be read to their last byte") {
  check("torch_file");
}
TEST_CASE("damaged pickles are refused, or describe tensors that lie in their storages") {
  check("pickle");
}
TEST_CASE("damaged configs can be inspected, or are refused") {
  check("config");
}
TEST_CASE("damaged tokenizer.json files are refused or usable") {
  check("tokenizer_json");
}
TEST_CASE("damaged tokenizer configs are refused or usable") {
  check("tokenizer_config");
}
TEST_CASE("damaged merges are refused or usable") {
  check("merges");
}
TEST_CASE("damaged sentencepiece models are refused or usable") {
  check("sentencepiece");
}
TEST_CASE("damaged data files are refused or read") {
  check("data_file");
}

TEST_CASE("every fuzz target stands in the suite and has a program of its own") {
  const std::string suite =
      tauscope::test::read_text(tauscope::test::source_path("tests/fuzz/test_fuzz.cpp"));
  for (const Target& target : all_targets()) {
    INFO(target.name);
    CHECK(suite.find("check(\"" + target.name + "\")") != suite.npos);
    const auto source = tauscope::test::source_path("tests/fuzz/fuzz_" + target.name + ".cpp");
    CHECK(tauscope::test::read_text(source).find("TS_FUZZ_ENTRY(run_" + target.name + ")") !=
          std::string::npos);
  }
}

TEST_CASE("the series of damaged inputs is the same each time") {
  const std::vector<std::string> words{"{", "[", "null"};
  Mutator first(1, {"{\"a\": 12}"}, words), second = first;
  Mutator other(12345, {"{\"a\": 12}"}, words);
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string input = first.next();
    CHECK(input == second.next());
    different += input != other.next() ? 1 : 0;
  }
  CHECK(different > 50);
}
