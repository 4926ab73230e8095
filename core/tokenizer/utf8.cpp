#include "core/tokenizer/utf8.h"

#include "core/tokenizer/unicode_tables.h"

namespace tauscope::utf8 {

namespace tables = unicode::tables;

namespace {

constexpr char32_t replacement = 0xFFFD;

struct Lead {
  std::size_t length;          // of the whole sequence; 0 = not a lead byte
  unsigned second_low = 0x80;  // the second byte's range shuts out overlong forms, surrogates and > U+10FFFF
  unsigned second_high = 0xBF;
};

Lead lead_of(unsigned byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

}  // namespace

CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned first = byte(at);
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {replacement, 1, false};
  if (lead.length == 1) return {static_cast<char32_t>(first), 1, true};
  char32_t value = first & (0xFFu >> (lead.length + 1));
  for (std::size_t i = 1; i < lead.length; ++i) {
    const unsigned low = i == 1 ? lead.second_low : 0x80;
    const unsigned high = i == 1 ? lead.second_high : 0xBF;
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high) return {replacement, i, false};
    value = (value << 6) | (byte(at + i) & 0x3F);
  }
  return {value, lead.length, true};
}

void append(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::size_t find_invalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint c = decode(text, at);
    if (!c.valid) return at;
    at += c.length;
  }
  return std::string_view::npos;
}

std::string replace_invalid(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  std::size_t at = 0;
  while (at < bytes.size()) {
    const CodePoint c = decode(bytes, at);
    if (c.valid)
      out += bytes.substr(at, c.length);
    else
      append(out, replacement);
    at += c.length;
  }
  return out;
}

bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_numeric(char32_t c) {
  return tables::find(tables::number_ranges(), c) != nullptr;
}

bool is_punctuation(char32_t c) {
  return tables::find(tables::punctuation_ranges(), c) != nullptr;
}

bool is_mark(char32_t c) {
  return tables::find(tables::mark_ranges(), c) != nullptr;
}

bool is_word(char32_t c) {
  return tables::find(tables::word_ranges(), c) != nullptr;
}

}  // namespace tauscope::utf8
