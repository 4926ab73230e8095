// The normalizer's table inside a sentencepiece model ("precompiled_charsmap").
#pragma once

#include <string>
#include <string_view>

namespace tauscope {

/// The table is a double array (darts-clone) followed by zero-terminated replacement texts, and the library
/// walks it without any bounds. Throws Error::bad_input unless every walk that a text can cause stays inside,
/// meets no more than 32 entries (the library's buffer) and ends at a replacement that is terminated. An
/// empty table is fine.
void require_safe_character_map(std::string_view table, const std::string& file);

}  // namespace tauscope
