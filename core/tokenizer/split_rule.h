// How a text is cut where a pattern matches: the "Split" behaviours of the Hugging Face library.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// What becomes of a match and of its neighbours. On "a-b" with the pattern "-": "a","b" | "a","-","b" |
/// "a-","b" | "a","-b"; contiguous is isolated with neighbouring matches joined.
enum class SplitBehavior : std::uint8_t {
  removed,
  isolated,
  merged_with_previous,
  merged_with_next,
  contiguous
};

/// A part of a text; parts follow each other without a gap and may be empty.
struct TextSpan {
  std::size_t begin = 0, end = 0;
  bool is_match = false;
};

/// Calls its second argument for each span of the text, in order.
using SpanFinder = std::function<void(std::string_view, const std::function<void(TextSpan)>&)>;

struct SplitRule {
  SpanFinder find;
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;  ///< the matches are what lies between the pattern's matches

  /// Calls `emit` for the pieces that are left, none of them empty.
  void apply(std::string_view text, const std::function<void(std::string_view)>& emit) const;
};

/// Each character of which `matches` is true is a match.
SpanFinder find_characters(std::function<bool(char32_t)> matches);
/// Each occurrence of `text` (not empty), from the left.
SpanFinder find_literal(std::string text);
/// Runs of \w and runs of what is neither \w nor white space.
SpanFinder find_words_and_signs();

}  // namespace tauscope
