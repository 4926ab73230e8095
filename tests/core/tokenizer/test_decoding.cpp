#include "core/tokenizer/token_decoder.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

TokenDecoder from(const char* json) {
  return TokenDecoder::from_json(Json::parse(json), "t.json", "decoder");
}

const char* const llama =
    R"({"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})";

}  // namespace

TEST_CASE("bytes of several tokens make characters, and what is left of one becomes U+FFFD") {
  const auto decoder = TokenDecoder::byte_level();
  CHECK(decoder.decode({"\xC3\xB0\xC5\x81", "\xC4\xBA", "\xC4\xA2"}) == "\xF0\x9F\x98\x80");
  CHECK(decoder.decode({"a", "\xC3\xB0\xC5\x81", "b"}) ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(decoder.bytes_of("\xC4\xA0the") == " the");
  CHECK(decoder.bytes_of("\xC3\xB0\xC5\x81") == "\xF0\x9F");
}

TEST_CASE("a Llama's decoder joins byte tokens and strips one space") {
  const auto decoder = from(llama);
  CHECK(decoder.decode({"▁a", "▁▁b"}) == "a  b");
  CHECK(decoder.decode({"<0xC3>", "<0xA9>", "x"}) == "\xC3\xA9x");
  CHECK(decoder.decode({"<0xC3>", "x"}) == "\xEF\xBF\xBDx");
  CHECK(decoder.decode({"<0xC3>", "<0xA9>", "<0xA9>"}) ==
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // the whole run
  CHECK(decoder.bytes_of("▁a") == " a");
  CHECK(decoder.bytes_of("<0x0A>") == "\n");
}

TEST_CASE("Metaspace and no decoder at all") {
  CHECK(
      from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"})").decode({"▁a", "▁b"}) ==
      "a b");
  CHECK(
      from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"})").decode({"▁a", "▁b"}) ==
      " a b");
  CHECK(from(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"})")
            .decode({"▁a▁▁b", "▁▁"}) == "ab  ");  // the library drops every one of the first token
  CHECK(TokenDecoder().decode({"a", "b"}) == "a b");
}

TEST_CASE("decoders that are not supported are refused by their name") {
  const auto error = [](const char* json) { return test::error_of([&] { from(json); }); };
  CHECK(error(R"({"type": "WordPiece"})").found_value() == "WordPiece");
  CHECK(error(R"({"type": "Strip", "content": "ab"})").field_name() == "decoder.content");
  CHECK(error(R"({"type": "Replace", "pattern": {"Regex": "(a"}, "content": ""})").field_name() ==
        "decoder.pattern.Regex");
  CHECK(error(R"({"type": "BPEDecoder", "suffix": ""})").field_name() == "decoder.suffix");
}
