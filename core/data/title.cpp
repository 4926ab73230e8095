#include "core/data/title.h"

namespace tauscope {

namespace {

constexpr std::size_t title_bytes = 100;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

}  // namespace

std::string short_title(std::string_view text) {
  std::string title;
  for (const char c : text) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (title.size() >= title_bytes && begins_character) {
      while (!title.empty() && is_space(title.back()))
        title.pop_back();
      return title + "…";
    }
    if (!is_space(c))
      title += c;
    else if (!title.empty() && title.back() != ' ')
      title += ' ';
  }
  while (!title.empty() && is_space(title.back()))
    title.pop_back();
  return title;
}

std::string title_of(const Example& example) {
  return short_title(example.instruction.empty() ? example.prompt : example.instruction);
}

}  // namespace tauscope
