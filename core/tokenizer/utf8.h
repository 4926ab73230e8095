// The little of Unicode that the tokenizers need themselves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tauscope::utf8 {

/// What stands at one place of a byte string.
struct CodePoint {
  char32_t value = 0;  ///< U+FFFD where the bytes are not valid
  std::size_t length =
      0;  ///< bytes taken; of an invalid sequence, its longest prefix that could have been valid
  bool valid = false;
};

/// `at` must be less than text.size().
CodePoint decode(std::string_view text, std::size_t at);
void append(std::string& out, char32_t code_point);

/// Offset of the first byte that is not valid UTF-8; npos where all is.
std::size_t find_invalid(std::string_view text);

/// Each invalid sequence becomes one U+FFFD (Unicode 15, section 3.9, "maximal subpart"; Rust's and Python's
/// rule).
std::string replace_invalid(std::string_view bytes);

// As the Hugging Face library takes them (unicode_tables.h says which version of Unicode each is).
bool is_white_space(char32_t code_point);  ///< Unicode's White_Space
bool is_numeric(char32_t code_point);      ///< general category N
bool is_punctuation(char32_t code_point);  ///< general category P, and ASCII's signs ($+<=>^`|~)
bool is_mark(char32_t code_point);         ///< general category M
bool is_word(char32_t code_point);  ///< \w of UTS 18: alphabetic, mark, decimal digit, connector, joiner

}  // namespace tauscope::utf8
