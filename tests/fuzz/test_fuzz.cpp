// Damaged input by the thousand, deterministic: TAUSCOPE_FUZZ_INPUTS sets how many (20000 in all),
// TAUSCOPE_FUZZ_SEED another series. A failure names the seed and the number of the input.
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutator.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::fuzz;
using test::safetensors_bytes;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

/// Runs `share` percent of the inputs. The figures at the end guard the fuzzer itself: a series that is
/// always refused at the first check finds nothing.
void check(std::size_t share, std::size_t least_problems, const std::function<std::string(Mutator&)>& next,
           Mutator mutator, const std::function<Outcome(std::string_view)>& run) {
  const std::uint64_t inputs = from_environment("TAUSCOPE_FUZZ_INPUTS", 20000) * share / 100;
  std::uint64_t accepted = 0;
  std::set<std::string> problems;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    const std::string input = next(mutator);
    try {
      const Outcome outcome = run(input);
      accepted += outcome.accepted ? 1 : 0;
      if (!outcome.accepted) problems.insert(outcome.problem);
    } catch (const std::exception& error) {
      FAIL("input " << number << " of seed " << from_environment("TAUSCOPE_FUZZ_SEED", 1) << ": "
                    << error.what());
    }
  }
  if (inputs < 1000) return;
  CHECK(accepted > inputs / 100);
  CHECK(accepted < inputs * 9 / 10);
  CHECK(problems.size() >= least_problems);
}

Mutator mutator(std::vector<std::string> corpus, std::vector<std::string> dictionary) {
  return {from_environment("TAUSCOPE_FUZZ_SEED", 1), std::move(corpus), std::move(dictionary)};
}

std::string next_text(Mutator& mutator) {
  return mutator.next();
}
std::string next_safetensors(Mutator& mutator) {
  return mutator.next_safetensors();
}

const std::vector<std::string> json_words{"{",    "}",    "[",    "]",       "\"",      ":",
                                          ",",    "null", "true", "\\u0000", "\\ud800", "\xEF\xBB\xBF",
                                          "\xFF", "\n",   "-",    "e5",      "{\"a\":", "[[[[[[[[[["};

std::vector<std::string> with_json_words(std::vector<std::string> words) {
  words.insert(words.end(), json_words.begin(), json_words.end());
  return words;
}

}  // namespace

TEST_CASE("damaged JSON is refused or read as the library reads it") {
  const std::vector<std::string> corpus{
      R"({"a": [1, -2, 3.5e2, true, false, null, "x\u00e9\n"], "b": {"c": {}, "d": [[], [[7]]]}})",
      R"([18446744073709551615, -9223372036854775808, 0.1, 1e-300, ""])",
      "\xEF\xBB\xBF{\n \"k\": \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"\n}\n",
      "7",
      "\"text\"",
      std::string(120, '[') + std::string(120, ']')};
  check(30, 30, next_text, mutator(corpus, json_words), run_json);
}

TEST_CASE("damaged CSV is refused or survives a round trip") {
  const std::vector<std::string> corpus{"a,b,c\n1,2.5,inf\n\"x,y\",\"say \"\"hi\"\"\",\"two\r\nlines\"\n",
                                        "\xEF\xBB\xBFone\r\n\"\"\r\nü\r\n", "x,y\n1,2\n\n3,4"};
  check(10, 5, next_text, mutator(corpus, {"\"", "\"\"", ",", "\n", "\r\n", "\r", "\x1F\x8B", "\xFF"}),
        run_csv);
}

TEST_CASE("damaged safetensors files are refused, or cover their data exactly") {
  const std::vector<std::string> corpus{
      safetensors_bytes(R"({"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", "0123456789abcdef"),
      safetensors_bytes(
          R"({"__metadata__":{"format":"pt","n":"1"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
          R"("b":{"dtype":"BF16","shape":[2,1,2],"data_offsets":[8,16]},"c":{"dtype":"U8","shape":[],)"
          R"("data_offsets":[16,17]},"d":{"dtype":"BOOL","shape":[0,4],"data_offsets":[17,17]}}   )",
          "0123456789abcdefg"),
      safetensors_bytes("{}      ", "")};
  const auto words = with_json_words({"\"dtype\":", "\"shape\":", "\"data_offsets\":", "\"F64\"",
                                      "\"F8_E4M3\"", "\"__metadata__\":", "[0,0]", "[2,2]", "\"x\":", "{}"});
  check(40, 60, next_safetensors, mutator(corpus, words), run_safetensors);
}

TEST_CASE("damaged indexes are refused, or name files of the folder only") {
  const std::vector<std::string> corpus{
      R"({"metadata": {"total_size": 6816}, "weight_map": {"a": "model-00001-of-00002.safetensors",)"
      R"( "b": "model-00002-of-00002.safetensors", "c": "model-00001-of-00002.safetensors"}})",
      R"({"weight_map": {"x": "m.safetensors"}})"};
  const auto words =
      with_json_words({"../", "/", "\\\\", ".safetensors", "..",
                       "\"weight_map\":", "\"metadata\":", "/etc/passwd", "\"a\": \"../x.safetensors\","});
  check(10, 20, next_text, mutator(corpus, words), run_shard_index);
}

TEST_CASE("damaged logits files are refused, or can be read to their last entry") {
  const std::string floats(48, '\x3F');
  std::string targets(24, '\0');
  targets[0] = 3;
  for (int i = 8; i < 16; ++i)
    targets[static_cast<std::size_t>(i)] = '\xFF';
  const std::vector<std::string> corpus{
      safetensors_bytes(R"({"targets":{"dtype":"I64","shape":[3],"data_offsets":[0,24]},)"
                        R"("logits":{"dtype":"F32","shape":[3,4],"data_offsets":[24,72]},)"
                        R"("mask":{"dtype":"U8","shape":[3],"data_offsets":[72,75]}})",
                        targets + floats + std::string("\1\1\0", 3)),
      safetensors_bytes(
          R"({"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},"p":{"dtype":"U8","shape":[1],)"
          R"("data_offsets":[2,3]},"logits":{"dtype":"F16","shape":[2,12],"data_offsets":[3,51]}})",
          std::string("\1\0x", 3) + floats)};
  const auto words = with_json_words({"\"logits\":", "\"targets\":", "\"mask\":", "\"ids\":", "\"BF16\"",
                                      "\"F64\"", "[3,4]", "[12]", "[3]"});
  check(10, 30, next_safetensors, mutator(corpus, words), run_logits_file);
}

TEST_CASE("the series of damaged inputs is the same each time") {
  Mutator first = mutator({"{\"a\": 12}"}, json_words), second = first;
  Mutator other(12345, {"{\"a\": 12}"}, json_words);
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string input = first.next();
    CHECK(input == second.next());
    different += input != other.next() ? 1 : 0;
  }
  CHECK(different > 50);
}
