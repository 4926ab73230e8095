#include "eval/metrics/exact_match.h"

#include <algorithm>
#include <limits>

#include "core/tokenizer/utf8.h"
#include "eval/metrics/python_text.h"

namespace tauscope {
namespace {

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// Runs of \w that are articles become blanks.
std::string without_articles(std::string_view text) {
  std::string out, word;
  const auto finish = [&] {
    out += word == "a" || word == "an" || word == "the" ? " " : word;
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint here = utf8::decode(text, at);
    if (python_text::is_word(here.value)) {
      word += text.substr(at, here.length);
    } else {
      finish();
      out += text.substr(at, here.length);
    }
    at += here.length;
  }
  finish();
  return out;
}

}  // namespace

std::string squad_normalized(std::string_view text) {
  std::string kept = python_text::lower(text);
  std::erase_if(kept, is_ascii_punctuation);
  std::string out;
  for (const std::string& word : python_text::split(without_articles(kept)))
    out += (out.empty() ? "" : " ") + word;
  return out;
}

bool exact_match(std::span<const std::string> references, std::string_view prediction) {
  const std::string answer = squad_normalized(prediction);
  return std::any_of(references.begin(), references.end(),
                     [&](const std::string& reference) { return squad_normalized(reference) == answer; });
}

double pass_at_k(std::int64_t answers, std::int64_t right, std::int64_t k) {
  if (answers < k) return std::numeric_limits<double>::quiet_NaN();
  if (answers - right < k) return 1;
  double none = 1;
  for (std::int64_t i = answers - right + 1; i <= answers; ++i)
    none *= 1 - static_cast<double>(k) / static_cast<double>(i);
  return 1 - none;
}

}  // namespace tauscope
