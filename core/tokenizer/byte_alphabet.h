// GPT-2's way of writing any byte as a printable character, so that token strings are text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tauscope::byte_alphabet {

/// The character (as UTF-8) that stands for each byte: printable Latin-1 characters stand for themselves, the
/// other 68 bytes for U+0100 onward, in order (Radford et al. 2019, bytes_to_unicode in their published
/// encoder).
const std::array<std::string, 256>& characters();

/// The bytes that a token string stands for; nothing if it holds a character that stands for no byte.
std::optional<std::string> to_bytes(std::string_view token);

/// Bytes written in the alphabet.
std::string from_bytes(std::string_view bytes);

}  // namespace tauscope::byte_alphabet
