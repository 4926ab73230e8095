#include "core/tokenizer/pre_tokenizer.h"
#include "core/tokenizer/regex_splitter.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using Pieces = std::vector<std::string>;

namespace {

Pieces split(const PreTokenizer& pre_tokenizer, const std::string& text, bool at_start = true) {
  Pieces pieces;
  pre_tokenizer.split(text, at_start, [&](std::string_view piece) { pieces.emplace_back(piece); });
  return pieces;
}

PreTokenizer from(const char* json) {
  return PreTokenizer::from_json(Json::parse(json), "t.json", "pre_tokenizer");
}

}  // namespace

TEST_CASE("GPT-2's pattern splits contractions, letters, numbers, signs and white space") {
  const auto gpt2 = PreTokenizer::gpt2(false);
  CHECK(split(gpt2, "I'm  here, 42x!") == Pieces{"I", "'m", " ", " here", ",", " 42", "x", "!"});
  CHECK(split(gpt2, "DON'T") == Pieces{"DON", "'", "T"});
  CHECK(split(gpt2, " \n a\n") == Pieces{" \n", " a", "\n"});
  CHECK(split(gpt2,
              "a\xE1\xA0\x8E"
              "b") == Pieces{"a", "\xE1\xA0\x8E", "b"});  // U+180E is no white space
  CHECK(split(gpt2, "a \xE1\xA0\x8E") == Pieces{"a", " \xE1\xA0\x8E"});
  CHECK(split(gpt2, "").empty());
  CHECK(split(PreTokenizer::gpt2(true), "a b") == Pieces{" a", " b"});
  CHECK(split(PreTokenizer::gpt2(true), " a") == Pieces{" a"});
}

TEST_CASE("Qwen2's pattern splits digits one by one and ignores the case of contractions") {
  const auto qwen2 = PreTokenizer::qwen2(false);
  CHECK(split(qwen2, "DON'T 123 \n\n x") == Pieces{"DON", "'T", " ", "1", "2", "3", " \n\n", " x"});
}

TEST_CASE("Metaspace replaces spaces and prepends by its scheme") {
  const std::string m = "\xE2\x96\x81";
  const auto always =
      from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})");
  const auto first =
      from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false})");
  const auto never = from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"})");
  const auto older = from(R"({"type": "Metaspace", "replacement": "▁", "add_prefix_space": false})");
  CHECK(split(always, "a  b", false) == Pieces{m + "a", m, m + "b"});
  CHECK(split(always, " a") == Pieces{m + "a"});
  CHECK(split(first, "a b", true) == Pieces{m + "a" + m + "b"});
  CHECK(split(first, "a b", false) == Pieces{"a" + m + "b"});
  CHECK(split(never, "a b") == Pieces{"a", m + "b"});
  CHECK(split(older, "a b") == Pieces{"a", m + "b"});
}

TEST_CASE("Removed and inverted keeps the matches only") {
  const auto kept =
      from(R"({"type": "Split", "pattern": {"Regex": "\\p{L}+"}, "behavior": "Removed", "invert": true})");
  CHECK(split(kept, "ab, cd") == Pieces{"ab", "cd"});
}

TEST_CASE("pre-tokenizers that are not supported are refused by their name") {
  const auto error = [](const char* json) { return test::error_of([&] { from(json); }); };
  const Error scripts = error(R"({"type": "UnicodeScripts"})");
  CHECK(scripts.found_value() == "UnicodeScripts");
  CHECK_FALSE(scripts.remedy_text().empty());
  CHECK(error(R"({"type": "Sequence", "pretokenizers": [{"type": "Mystery"}]})").field_name() ==
        "pre_tokenizer.pretokenizers[0].type");
  CHECK(error(R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Sideways"})").field_name() ==
        "pre_tokenizer.behavior");
  CHECK(error(R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"})").field_name() ==
        "pre_tokenizer.pattern.String");
  CHECK(error(R"({"type": "Metaspace", "prepend_scheme": "often"})").found_value() == "often");
  CHECK(error(R"({"type": "Metaspace", "replacement": "ab"})").field_name() == "pre_tokenizer.replacement");
  CHECK(error(R"({"type": "CharDelimiterSplit"})").field_name() == "pre_tokenizer.delimiter");
  CHECK(error(R"({"type": "FixedLength", "length": 0})").field_name() == "pre_tokenizer.length");
  CHECK(error(R"({"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"})").field_name() ==
        "pre_tokenizer.pattern.Regex");
}

TEST_CASE("a pattern that would run for hours is stopped") {
  const auto hostile =
      from(R"({"type": "Split", "pattern": {"Regex": "(?:a|a|aa)*(?:a|aa)*b"}, "behavior": "Isolated"})");
  CHECK(test::error_of([&] { split(hostile, std::string(4000, 'a') + "cb"); }).kind() == ErrorKind::failed);
  const std::string too_long(70000, 'a');
  CHECK(test::error_of([&] { pcre2_pattern(too_long, "", ""), find_pattern(too_long, "", ""); }).problem() ==
        "the pattern is too long");
}

TEST_CASE("constructs whose meaning differs between the engines are refused by name") {
  const auto found = [](const char* pattern) {
    return test::error_of([&] { pcre2_pattern(pattern, "t.json", "Regex"); }).found_value();
  };
  CHECK(found(R"(\w+)") == R"(\w)");
  CHECK(found(R"([\S])") == R"(\S)");
  CHECK(found(R"(\p{Han}+)") == R"(\p{Han})");
  CHECK(found(R"([a-z&&[^b]])") == "&&");
  CHECK(found("[[:alpha:]]") == "[:");
  CHECK(found("^a") == "^");
  CHECK(found("(?m)a") == "(?m)");
  CHECK(found("a\\") == "\\");
  CHECK(pcre2_pattern(R"([^\r\n\p{L}\p{N}]?\p{Lu}\d(?i:'s)(?!x))", "", "") ==
        R"([^\r\n\p{L}\p{N}]?\p{Lu}\d(?i:'s)(?!x))");
}
