// A text as the words that ROUGE compares.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// Bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin = 0, end = 0;
};

struct RougeTokens {
  std::vector<std::string> words;
  std::vector<TextSpan> spans;  ///< of each word in the text it came from
  std::size_t size() const { return words.size(); }
};

/// The rules of the `rouge_score` package: lower case, words are runs of a-z and 0-9, and with `stem` those
/// of more than three characters are stemmed. Python's lower() turns two characters beyond ASCII into
/// letters: U+212A (the Kelvin sign) into k, and U+0130 (I with a dot) into i and a combining dot, which ends
/// the word.
RougeTokens rouge_tokens(std::string_view text, bool stem);

}  // namespace tauscope
