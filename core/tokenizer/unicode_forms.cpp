#include "core/tokenizer/unicode_forms.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/base/error.h"
#include "core/tokenizer/unicode_tables.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::unicode {
namespace {

/// All that lies below is its own NFC.
constexpr char32_t first_combining = 0x300;

/// A noncharacter, which no form moves, changes or joins.
constexpr char32_t place_holder = 0xFDD0;

Error failure(utf8proc_ssize_t code) {
  return Error::failed("", fmt::format("Unicode normalization failed: {}", utf8proc_errmsg(code)));
}

int combining_class(utf8proc_int32_t c) {
  return utf8proc_get_property(c)->combining_class;
}

/// The text's characters taken apart. In the place of each that the forms leave alone stands place_holder;
/// `left_alone` has them in order.
std::vector<utf8proc_int32_t> decomposed(std::string_view text, utf8proc_option_t options,
                                         std::vector<utf8proc_int32_t>& left_alone) {
  std::vector<utf8proc_int32_t> out;
  out.reserve(text.size());
  std::array<utf8proc_int32_t, 32> one{};  // the longest decomposition has 18
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint c = utf8::decode(text, at);
    at += c.length;
    if (c.value < 0x80) {
      out.push_back(static_cast<utf8proc_int32_t>(c.value));
      continue;
    }
    if (c.value == place_holder || tables::find(tables::inert_ranges(), c.value)) {
      out.push_back(place_holder);
      left_alone.push_back(static_cast<utf8proc_int32_t>(c.value));
      continue;
    }
    int boundary = 0;
    const auto length =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), one.data(),
                                static_cast<utf8proc_ssize_t>(one.size()), options, &boundary);
    if (length < 0 || length > static_cast<utf8proc_ssize_t>(one.size())) throw failure(length);
    out.insert(out.end(), one.begin(), one.begin() + length);
  }
  return out;
}

/// Marks in a row are put in the order of their classes. utf8proc_decompose would do it with swaps of
/// neighbours, in quadratic time.
void put_in_order(std::vector<utf8proc_int32_t>& text) {
  for (auto at = text.begin(); at != text.end();) {
    const auto is_starter = [](utf8proc_int32_t c) { return c < 0x80 || combining_class(c) == 0; };
    at = std::find_if_not(at, text.end(), is_starter);
    const auto end = std::find_if(at, text.end(), is_starter);
    std::stable_sort(at, end, [](utf8proc_int32_t a, utf8proc_int32_t b) {
      return combining_class(a) < combining_class(b);
    });
    at = end;
  }
}

std::string encoded(const std::vector<utf8proc_int32_t>& text) {
  std::string out;
  out.reserve(text.size());
  for (const utf8proc_int32_t c : text)
    utf8::append(out, static_cast<char32_t>(c));
  return out;
}

bool is_its_own(std::string_view text, Form form) {
  const char32_t limit = form == Form::nfc ? first_combining : 0x80;
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint c = utf8::decode(text, at);
    if (c.value >= limit) return false;
    at += c.length;
  }
  return true;
}

/// Calls `put(out, c)` for each character.
template <typename Put>
std::string by_character(std::string_view text, Put put) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const utf8::CodePoint c = utf8::decode(text, at);
    put(out, c.value);
    at += c.length;
  }
  return out;
}

}  // namespace

std::string normalize(std::string_view text, Form form) {
  if (is_its_own(text, form)) return std::string(text);
  const bool composed = form == Form::nfc || form == Form::nfkc;
  const bool compatible = form == Form::nfkc || form == Form::nfkd;
  const auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                                     (compatible ? UTF8PROC_COMPAT : 0));
  std::vector<utf8proc_int32_t> left_alone;
  auto characters = decomposed(text, options, left_alone);
  put_in_order(characters);
  auto length = static_cast<utf8proc_ssize_t>(characters.size());
  if (composed) length = utf8proc_normalize_utf32(characters.data(), length, options);
  if (length < 0) throw failure(length);
  characters.resize(static_cast<std::size_t>(length));
  auto next = left_alone.begin();
  for (utf8proc_int32_t& c : characters)
    if (c == place_holder) c = *next++;
  return encoded(characters);
}

std::string lowercase(std::string_view text) {
  return by_character(text, [](std::string& out, char32_t c) {
    if (c == 0x130)
      out += "i\xCC\x87";  // the only character whose lower case is two
    else if (const auto* const newer = tables::find(tables::lower_case_ranges(), c))
      utf8::append(out, c + static_cast<char32_t>(newer->by));
    else
      utf8::append(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
  });
}

std::string without_marks(std::string_view text) {
  return by_character(text, [](std::string& out, char32_t c) {
    if (!utf8::is_mark(c)) utf8::append(out, c);
  });
}

std::string nmt(std::string_view text) {
  return by_character(text, [](std::string& out, char32_t c) {
    const bool dropped = (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
                         c == 0x8F || c == 0x9F;
    const bool space = c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == 0x1680 ||
                       (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
                       c == 0xFEFF || c == 0xFFFD;
    if (!dropped) utf8::append(out, space ? ' ' : c);
  });
}

}  // namespace tauscope::unicode
