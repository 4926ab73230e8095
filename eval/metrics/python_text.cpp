#include "eval/metrics/python_text.h"

#include <utf8proc.h>

#include "core/tokenizer/unicode_forms.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::python_text {
namespace {

constexpr std::string_view capital_sigma = "\xCE\xA3", sigma = "\xCF\x83", final_sigma = "\xCF\x82";

utf8proc_category_t category(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

bool is_cased(char32_t character) {
  switch (category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      return false;
  }
}

/// Unicode's Case_Ignorable: what stands within words beside letters.
bool is_passed_over(char32_t character) {
  switch (character) {
    case U'\'':
    case U'.':
    case U':':
    case U'^':
    case U'`':
    case 0xB7:
    case 0x387:
    case 0x55F:
    case 0x5F4:
    case 0x2018:
    case 0x2019:
    case 0x2024:
    case 0x2027:
    case 0xFE13:
    case 0xFE52:
    case 0xFE55:
    case 0xFF07:
    case 0xFF0E:
    case 0xFF1A:
      return true;
    default:
      break;
  }
  switch (category(character)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return false;
  }
}

/// Unicode's Final_Sigma: something cased before, nothing cased behind, whatever is passed over in between.
bool ends_word(std::string_view text, std::size_t at) {
  bool cased_before = false;
  for (std::size_t end = at; end > 0;) {
    std::size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
      --begin;
    const char32_t before = utf8::decode(text, begin).value;
    end = begin;
    if (is_passed_over(before)) continue;
    cased_before = is_cased(before);
    break;
  }
  if (!cased_before) return false;
  for (std::size_t next = at + capital_sigma.size(); next < text.size();) {
    const utf8::CodePoint behind = utf8::decode(text, next);
    if (!is_passed_over(behind.value)) return !is_cased(behind.value);
    next += behind.length;
  }
  return true;
}

bool is_space(char32_t character) {
  return utf8::is_white_space(character) || (character >= 0x1C && character <= 0x1F);
}

}  // namespace

std::string lower(std::string_view text) {
  const std::string valid = utf8::replace_invalid(text);
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = valid.find(capital_sigma); at != std::string::npos;
       at = valid.find(capital_sigma, from)) {
    out += unicode::lowercase(std::string_view(valid).substr(from, at - from));
    out += ends_word(valid, at) ? final_sigma : sigma;
    from = at + capital_sigma.size();
  }
  return out += unicode::lowercase(std::string_view(valid).substr(from));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> pieces;
  std::string piece;
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint here = utf8::decode(text, at);
    if (!is_space(here.value)) {
      piece += text.substr(at, here.length);
    } else if (!piece.empty()) {
      pieces.push_back(std::move(piece));
      piece.clear();
    }
    at += here.length;
  }
  if (!piece.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

std::string_view rstrip(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint here = utf8::decode(text, at);
    at += here.length;
    if (!is_space(here.value)) end = at;
  }
  return text.substr(0, end);
}

bool is_word(char32_t character) {
  switch (category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return character == U'_';
  }
}

}  // namespace tauscope::python_text
