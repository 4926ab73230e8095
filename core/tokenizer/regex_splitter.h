// Finds the matches of a tokenizer's pattern, with the meaning that the pattern has in the Hugging Face
// library.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/tokenizer/split_rule.h"

namespace tauscope {

/// GPT-2's pattern (Radford et al. 2019).
inline constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The pattern of Qwen 1.5 to 3.
inline constexpr std::string_view qwen2_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Rewrites a pattern for PCRE2 where the two differ (\s) and refuses, naming it, what could mean something
/// else. Throws Error::bad_input with `file` and `field`.
std::string pcre2_pattern(std::string_view pattern, const std::string& file, const std::string& field);

class RegexSplitter {
 public:
  RegexSplitter(std::string_view pattern, const std::string& file, const std::string& field);
  ~RegexSplitter();
  RegexSplitter(const RegexSplitter&) = delete;
  RegexSplitter& operator=(const RegexSplitter&) = delete;

  /// The matches and what lies between them, in order. A match may be empty: it still ends a gap. `text` must
  /// be valid UTF-8. A character's category is that of Unicode 16, which the library's patterns know,
  /// whatever PCRE2 knows: a stand-in is looked at instead (where a pattern names such a character itself, it
  /// does not match). Throws Error::failed where the pattern takes more steps on the text than any sound one.
  void find(std::string_view text, const std::function<void(TextSpan)>& emit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// RegexSplitter::find as a value.
SpanFinder find_pattern(std::string_view pattern, const std::string& file, const std::string& field);

}  // namespace tauscope
