#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <cstring>

namespace tauscope::fuzz {

Mutator::Mutator(std::uint64_t seed, std::vector<std::string> corpus, std::vector<std::string> dictionary)
    : random_(seed), corpus_(std::move(corpus)), dictionary_(std::move(dictionary)) {}

void Mutator::replace_number(std::string& text) {
  static const std::vector<std::string> numbers{"0",
                                                "1",
                                                "2",
                                                "3",
                                                "4",
                                                "7",
                                                "8",
                                                "16",
                                                "-1",
                                                "255",
                                                "1e3",
                                                "1.0",
                                                "4294967296",
                                                "2147483647",
                                                "4611686018427387904",
                                                "9223372036854775807",
                                                "9223372036854775808",
                                                "18446744073709551615",
                                                "18446744073709551616",
                                                "1e999",
                                                "-0",
                                                "0.5e-400"};
  constexpr const char* digits = "0123456789";
  const std::size_t start = text.find_first_of(digits, below(text.size() + 1));
  if (start == text.npos) return;
  const std::size_t end = std::min(text.find_first_not_of(digits, start), text.size());
  text.replace(start, end - start, any_of(numbers));
}

void Mutator::edit(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t length = std::min(below(16) + 1, text.size() - at);
  switch (below(9)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.resize(at);
      break;
    case 4:
      text.insert(at, text.substr(at, length));
      break;
    case 5:
      text.insert(at, any_of(dictionary_));
      break;
    case 6: {
      const std::string& other = any_of(corpus_);
      text = text.substr(0, at) + other.substr(below(other.size() + 1));
      break;
    }
    default:
      replace_number(text);
      break;
  }
}

std::string Mutator::next() {
  std::string text = any_of(corpus_);
  for (std::size_t edits = 1 + below(4); edits > 0; --edits)
    edit(text);
  return text;
}

std::string Mutator::next_safetensors() {
  const std::string whole = any_of(corpus_);
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), sizeof length);
  std::string header = whole.substr(sizeof length, length), data = whole.substr(sizeof length + length);
  const std::size_t way = below(8);
  if (way == 0) return next();  // the length is damaged as well
  for (std::size_t edits = 1 + below(3); edits > 0; --edits)
    edit(way == 1 ? data : header);
  length = header.size();
  if (way == 2) length += below(5) - 2;
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes.append(header).append(data);
}

}  // namespace tauscope::fuzz
