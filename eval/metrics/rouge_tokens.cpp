#include "eval/metrics/rouge_tokens.h"

#include "eval/metrics/porter_stemmer.h"

namespace tauscope {
namespace {

constexpr std::size_t longest_unstemmed = 3;
constexpr std::string_view kelvin_sign = "\xE2\x84\xAA", dotted_capital_i = "\xC4\xB0";

/// What one place of the text is to ROUGE.
struct Piece {
  char letter = 0;  ///< 0: between words
  std::size_t bytes = 1;
  bool ends_word = false;
};

Piece piece_at(std::string_view text, std::size_t at) {
  const char c = text[at];
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return {c};
  if (c >= 'A' && c <= 'Z') return {static_cast<char>(c - 'A' + 'a')};
  if (c == kelvin_sign[0] && text.substr(at).starts_with(kelvin_sign)) return {'k', kelvin_sign.size()};
  if (c == dotted_capital_i[0] && text.substr(at).starts_with(dotted_capital_i))
    return {'i', dotted_capital_i.size(), true};
  return {};
}

}  // namespace

RougeTokens rouge_tokens(std::string_view text, bool stem) {
  RougeTokens tokens;
  std::string word;
  std::size_t begin = 0;
  const auto finish = [&](std::size_t end) {
    if (word.empty()) return;
    if (stem && word.size() > longest_unstemmed) porter_stem_in_place(word);
    tokens.words.push_back(word);
    tokens.spans.push_back({begin, end});
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    if (piece.letter == 0) {
      finish(at);
    } else {
      if (word.empty()) begin = at;
      word += piece.letter;
    }
    at += piece.bytes;
    if (piece.ends_word) finish(at);
  }
  finish(text.size());
  return tokens;
}

}  // namespace tauscope
