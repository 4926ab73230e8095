// What Hugging Face tokenizers takes a character for, where PCRE2 and utf8proc may say something else: their
// versions of Unicode are not those of the parts of that library, which differ among themselves as well.
// The tables are written by tests/golden/tokenizer/make_unicode.py.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace tauscope::unicode::tables {

struct Range {
  char32_t first, last;
};
/// `character` has the category that these have in Unicode 16, in every version since 14, and as many bytes
/// in UTF-8; U+0378 and noncharacters stand for what is not assigned.
struct StandIn {
  char32_t first, last, character;
};
struct Shift {
  char32_t first, last;
  std::int32_t by;
};

// In ascending order and without overlap.
std::span<const StandIn> stand_in_ranges();   ///< where versions since 14 disagree on the category
std::span<const Shift> lower_case_ranges();   ///< capitals of Unicode 15 to 17
std::span<const Range> inert_ranges();        ///< what the forms leave alone: newer than Unicode 9
std::span<const Range> word_ranges();         ///< \w of UTS 18, Unicode 16
std::span<const Range> number_ranges();       ///< category N, Unicode 17
std::span<const Range> mark_ranges();         ///< combining marks, Unicode 9
std::span<const Range> punctuation_ranges();  ///< category P, Unicode 8, and ASCII's signs ($+<=>^`|~)

/// The range that holds `c`; null where none does.
template <class Entry>
const Entry* find(std::span<const Entry> ranges, char32_t c) {
  const auto at = std::lower_bound(ranges.begin(), ranges.end(), c,
                                   [](const Entry& range, char32_t wanted) { return range.last < wanted; });
  return at != ranges.end() && at->first <= c ? &*at : nullptr;
}

/// `c`, or the character that stands for it in questions to a library of Unicode 14 or newer.
inline char32_t stand_in(char32_t c) {
  const StandIn* const range = c < 0x250 ? nullptr : find(stand_in_ranges(), c);
  return range ? range->character : c;
}

}  // namespace tauscope::unicode::tables
