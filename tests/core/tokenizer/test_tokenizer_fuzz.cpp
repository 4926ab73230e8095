// Damaged tokenizer files by the thousand: refused with an Error of bounded length, or usable.
// TAUSCOPE_FUZZ_INPUTS scales the number (20000 = as it stands), TAUSCOPE_FUZZ_SEED takes another series.
#include <cstdlib>
#include <set>

#include "tests/core/tokenizer/tokenizer_folder.h"
#include "tests/fuzz/mutator.h"

using namespace tauscope;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

const std::string sample_text = "Hello  caf\xC3\xA9 \xF0\x9F\x98\x80 12'll <s>\n[L] x";

/// Encoding and decoding stay in range, whatever the ids are.
void use(const Tokenizer& tokenizer) {
  const auto ids = tokenizer.encode(sample_text, true);
  for (const std::int32_t id : ids)
    if (id < 0 || id >= tokenizer.size()) throw std::logic_error("an id out of range");
  tokenizer.decode(ids, false);
  tokenizer.decode(ids, true);
  for (const std::int32_t id : {0, 1, tokenizer.size() - 1})
    if (id < tokenizer.size()) tokenizer.token_bytes(id);
  if (tokenizer.description().empty()) throw std::logic_error("no description");
}

/// `name` is damaged `inputs` times, the other files stay.
void check(const std::string& golden, const std::string& name, std::uint64_t inputs,
           std::size_t least_problems, std::vector<std::string> words) {
  const test::TemporaryFolder folder;
  for (const auto& entry : std::filesystem::directory_iterator(test::golden_tokenizer(golden)))
    std::filesystem::copy(entry.path(), folder / entry.path().filename().string());
  const std::uint64_t seed = from_environment("TAUSCOPE_FUZZ_SEED", 1);
  inputs = inputs * from_environment("TAUSCOPE_FUZZ_INPUTS", 20000) / 20000;
  fuzz::Mutator mutator(seed, {test::read_text(folder / name)}, std::move(words));
  std::uint64_t accepted = 0;
  std::set<std::string> problems;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    test::write_text(folder / name, mutator.next());
    CAPTURE(seed, number);
    try {
      use(*load_tokenizer(folder.path()));
      ++accepted;
    } catch (const Error& error) {
      problems.insert(error.problem());
      const std::string message = error.what();
      if (message.size() > 4000) FAIL("a message of " << message.size() << " bytes");
      REQUIRE_NOTHROW(Json(message).dump());
    } catch (const std::exception& error) {
      FAIL("no Error but " << error.what());
    }
  }
  CAPTURE(accepted, problems.size());
  if (inputs < 500) return;
  CHECK(accepted > 0);  // the series reaches what lies behind the checks,
  CHECK(accepted < inputs);
  CHECK(problems.size() >= least_problems);  // and different checks
}

const std::vector<std::string> json_words{"{",
                                          "}",
                                          "[",
                                          "]",
                                          "\"",
                                          ",",
                                          ":",
                                          "null",
                                          "true",
                                          "\\u0000",
                                          "-1",
                                          "99999999",
                                          "\xFF",
                                          "\"type\":",
                                          "\"ids\":",
                                          "\"content\":",
                                          "\"\"",
                                          "\"Sequence\"",
                                          "\"ByteLevel\"",
                                          "(",
                                          "\\\\S"};

}  // namespace

TEST_CASE("damaged sentencepiece models are refused or usable") {
  const std::vector<std::string> words{std::string("\x12\x00", 2),
                                       std::string("\0", 1),
                                       "\xFF\xFF\xFF\xFF\x0F",
                                       "\x0A\x05",
                                       "\x18\x06",
                                       "\x18\x02",
                                       std::string("\x15\0\0\x80\x7F", 5),
                                       "\x1A\x02\x18\x01",
                                       "\xE2\x96\x81"};
  check("sentencepiece_bpe", "tokenizer.model", 1200, 10, words);
  check("sentencepiece_unigram", "tokenizer.model", 1200, 10, words);
}

TEST_CASE("damaged tokenizer.json files are refused or usable") {
  check("byte_level_json", "tokenizer.json", 700, 15, json_words);
  check("split_json", "tokenizer.json", 500, 15, json_words);
  check("llama_json", "tokenizer.json", 500, 15, json_words);
}

TEST_CASE("damaged vocabularies, merges and configs are refused or usable") {
  check("vocab_merges", "vocab.json", 500, 8, json_words);
  check("vocab_merges", "merges.txt", 500, 2, {" ", "\n", "\r\n", "\xC4\xA0", "#version", "\xFF", "a b\n"});
  check("vocab_merges", "tokenizer_config.json", 600, 10, json_words);
}
