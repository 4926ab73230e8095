#include "core/tokenizer/added_tokens.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

AddedToken token(const std::string& content) {
  AddedToken made;
  made.content = content;
  made.normalized = false;
  return made;
}

/// "[3]" for a token, the text itself for what lies between, joined by "|".
std::string found(const AddedTokens& tokens, const std::string& text) {
  std::string out;
  const auto add = [&](const std::string& part) { out.append(out.empty() ? "" : "|").append(part); };
  tokens.find(
      text, false, [&](std::int32_t id) { add(fmt::format("[{}]", id)); },
      [&](std::string_view piece, std::size_t offset) {
        CHECK(text.substr(offset, piece.size()) == piece);
        add(std::string(piece));
      });
  return out;
}

AddedTokens made_of(const std::vector<AddedToken>& list) {
  AddedTokens tokens;
  for (const AddedToken& entry : list)
    tokens.add(entry, Vocabulary(), -1, "t.json");
  tokens.finish(Normalizer());
  return tokens;
}

}  // namespace

TEST_CASE("of the tokens that begin leftmost the longest is found") {
  const auto tokens = made_of({token("ab"), token("abcd"), token("bc"), token("x")});
  CHECK(found(tokens, "abcd") == "[1]");
  CHECK(found(tokens, "abce") == "[0]|ce");
  CHECK(found(tokens, "zbcabx") == "z|[2]|[0]|[3]");
  CHECK(found(tokens, "") == "");
}

TEST_CASE("white space goes with a token that strips it, and to the first of two") {
  AddedToken left = token("<l>"), right = token("<r>");
  left.lstrip = true;
  right.rstrip = true;
  const auto tokens = made_of({left, right});
  CHECK(found(tokens, "a \n<l> b") == "a|[0]| b");
  CHECK(found(tokens, "a <r>\xC2\xA0 b") == "a |[1]|b");
  CHECK(found(tokens, "<r>  <l>") == "[1]|[0]");
}

TEST_CASE("a single word does not touch word characters") {
  AddedToken word = token("cat");
  word.single_word = true;
  const auto tokens = made_of({word});
  CHECK(found(tokens, "cat cats concat cat.") == "[0]| cats concat |[0]|.");
  CHECK(found(tokens,
              "\xC3\xA9"
              "cat") ==
        "\xC3\xA9"
        "cat");
}

TEST_CASE("ids are counted on from the vocabulary, and declared ids must agree") {
  const Vocabulary vocabulary(Json{{"a", 0}, {"b", 1}}, "v.json", "");
  AddedTokens tokens;
  CHECK(tokens.add(token("b"), vocabulary, 1, "t.json") == 1);
  CHECK(tokens.add(token("new"), vocabulary, -1, "t.json") == 2);
  CHECK(tokens.add(token("newer"), vocabulary, 3, "t.json") == 3);
  CHECK(tokens.add(token("new"), vocabulary, -1, "t.json") == 2);
  const Error error = test::error_of([&] { tokens.add(token("far"), vocabulary, 40, "t.json"); });
  CHECK(error.found_value() == "id 40");
  CHECK(error.expected_value() == "id 4, the next free one");
  const Vocabulary holes(Json{{"a", 0}, {"b", 2}}, "v.json", "");
  AddedTokens other;
  CHECK(test::error_of([&] { other.add(token("new"), holes, -1, "t.json"); }).found_value() ==
        "id 2, which is taken");
}
