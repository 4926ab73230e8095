#include "core/tokenizer/utf8.h"

#include "core/tokenizer/byte_alphabet.h"
#include "tests/support/catch.h"

using namespace tauscope;

TEST_CASE("every code point survives UTF-8, and only code points do") {
  for (char32_t c = 0; c < 0x110000; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string bytes;
    utf8::append(bytes, c);
    const auto read = utf8::decode(bytes, 0);
    if (!read.valid || read.value != c || read.length != bytes.size())
      FAIL("U+" << std::hex << static_cast<std::uint32_t>(c));
  }
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_FALSE(utf8::decode(bad, 0).valid);
}

TEST_CASE("invalid bytes are replaced by maximal subparts, as Python and Rust do") {
  // Expected figures: bytes(...).decode("utf-8", "replace") of CPython 3.11.
  const std::string r = "\xEF\xBF\xBD";
  CHECK(utf8::replace_invalid("ok \xC3\xA9") == "ok \xC3\xA9");
  CHECK(utf8::replace_invalid("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        "a" + r + r + r + "b" + r + "c" + r + r + "d");
  CHECK(utf8::replace_invalid("\xE1\xA0\xC0\x2F\xA0\xBF") == r + r + "/" + r + r);
  CHECK(utf8::replace_invalid("\xF0\x9F\x98") == r);
  CHECK(utf8::replace_invalid("\xED\xA0\x80") == r + r + r);
  CHECK(utf8::find_invalid("abc\xC3") == 3);
  CHECK(utf8::find_invalid("\xF0\x9F\x98\x80") == std::string::npos);
}

TEST_CASE("white space and word characters are Unicode's") {
  for (const std::uint32_t c :
       std::vector<std::uint32_t>{U' ', U'\t', U'\n', U'\v', U'\r', U'\x85', U'\xA0', U'\u2028', U'\u3000'})
    CHECK(utf8::is_white_space(c));
  for (const std::uint32_t c : std::vector<std::uint32_t>{U'a', U'\u180E', U'\u200B', U'\uFEFF', U'_'})
    CHECK_FALSE(utf8::is_white_space(c));
  for (const std::uint32_t c : std::vector<std::uint32_t>{U'a', U'Z', U'0', U'_', U'\u00E9', U'\u65E5',
                                                          U'\u0301', U'\u2167', U'\u24D0', U'\u200D'})
    CHECK(utf8::is_word(c));
  for (const std::uint32_t c :
       std::vector<std::uint32_t>{U' ', U'-', U'.', U'\u00B2', U'\u20AC', U'\U0001F600', U'\u3002'})
    CHECK_FALSE(utf8::is_word(c));
}

TEST_CASE("the byte alphabet maps all bytes to printable characters and back") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  const std::string written = byte_alphabet::from_bytes(all);
  CHECK(byte_alphabet::to_bytes(written) == all);
  CHECK(byte_alphabet::from_bytes("a b\n") ==
        "a\xC4\xA0"
        "b\xC4\x8A");                                      // GPT-2's well-known signs for space and line end
  CHECK(byte_alphabet::characters()[0xAD] == "\xC5\x83");  // the last of the 68 that are moved: U+0143
  CHECK_FALSE(byte_alphabet::to_bytes("a b").has_value());
  CHECK_FALSE(byte_alphabet::to_bytes("\xE6\x97\xA5").has_value());
}
