// The normalizer's table inside a sentencepiece model ("precompiled_charsmap").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// The table is a double array (darts-clone) followed by zero-terminated replacement texts, and the library
/// walks it without any bounds. Throws Error::bad_input unless every walk that a text can cause stays inside,
/// meets no more than 32 entries (the library's buffer) and ends at a replacement that is terminated. An
/// empty table is fine.
void require_safe_character_map(std::string_view table, const std::string& file,
                                const std::string& field = "normalizer_spec.precompiled_charsmap");

/// The same table as the "Precompiled" normalizer of a tokenizer.json uses it, which is not quite
/// sentencepiece's way: by grapheme clusters, and by the shortest entry that one begins with.
class CharacterMap {
 public:
  CharacterMap(std::string_view table, const std::string& file, const std::string& field);

  std::string apply(std::string_view text) const;

 private:
  std::optional<std::string_view> replacement(std::string_view piece) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace tauscope
