// Unicode's normalization forms and the other things done to characters before splitting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tauscope::unicode {

enum class Form : std::uint8_t { nfc, nfd, nfkc, nfkd };

/// UAX 15 over Unicode 9, which the Hugging Face library has: characters that were added later and would be
/// taken apart, joined or moved stay as and where they are. `text` must be valid UTF-8. Takes time near n log
/// n whatever the text is: a megabyte of combining marks is no special case.
std::string normalize(std::string_view text, Form form);

/// Character by character, without regard to the neighbours (U+0130 becomes two characters).
std::string lowercase(std::string_view text);

/// Without the characters of general category M.
std::string without_marks(std::string_view text);

/// sentencepiece's "nmt" rules: control characters fall out, odd spaces and U+FFFD become spaces.
std::string nmt(std::string_view text);

}  // namespace tauscope::unicode
