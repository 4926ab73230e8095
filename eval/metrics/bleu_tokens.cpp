#include <string>

#include "eval/metrics/diversity.h"
#include "eval/metrics/python_text.h"

namespace tauscope {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_stop(char c) {
  return c == '.' || c == ',';
}

/// Signs that are words of their own wherever they stand: ASCII's without ' , - . and the digits and letters.
bool stands_alone(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
         (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != std::string::npos; found = text.find(from, at)) {
    out.append(text, at, found - at).append(to);
    at = found + from.size();
  }
  text = out.append(text, at);
}

/// One pass: where two neighbours match, both are taken and written with blanks around one of them.
template <typename Match>
std::string split_pairs(const std::string& text, Match match, bool first_stands_alone) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at + 1 == text.size() || !match(text[at], text[at + 1])) {
      out += text[at];
      continue;
    }
    out += first_stands_alone ? std::string{' ', text[at], ' ', text[at + 1]}
                              : std::string{text[at], ' ', text[at + 1], ' '};
    ++at;
  }
  return out;
}

}  // namespace

std::vector<std::string> bleu_tokens(std::string_view text) {
  std::string line(python_text::rstrip(text));  // so that a "-\n" at the end is none
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  for (const auto& [entity, sign] :
       {std::pair{"&quot;", "\""}, std::pair{"&amp;", "&"}, std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}})
    replace_all(line, entity, sign);
  std::string spaced = " ";
  for (const char c : line)
    spaced += stands_alone(c) ? std::string{' ', c, ' '} : std::string(1, c);
  spaced += ' ';
  spaced = split_pairs(
      spaced, [](char a, char b) { return !is_digit(a) && is_stop(b); }, false);
  spaced = split_pairs(
      spaced, [](char a, char b) { return is_stop(a) && !is_digit(b); }, true);
  spaced = split_pairs(
      spaced, [](char a, char b) { return is_digit(a) && b == '-'; }, false);
  return python_text::split(spaced);
}

}  // namespace tauscope
