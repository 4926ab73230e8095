#include "core/tokenizer/byte_alphabet.h"

#include "core/tokenizer/utf8.h"

namespace tauscope::byte_alphabet {
namespace {

constexpr char32_t first_shifted = 0x100;
constexpr char32_t alphabet_characters = first_shifted + 68;

bool stands_for_itself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Tables {
  std::array<std::string, 256> characters;
  std::array<std::int16_t, alphabet_characters> bytes;

  Tables() {
    bytes.fill(-1);
    char32_t shifted = first_shifted;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const char32_t c = stands_for_itself(byte) ? byte : shifted++;
      utf8::append(characters[byte], c);
      bytes[c] = static_cast<std::int16_t>(byte);
    }
  }
};

const Tables& tables() {
  static const Tables made;
  return made;
}

}  // namespace

const std::array<std::string, 256>& characters() {
  return tables().characters;
}

std::optional<std::string> to_bytes(std::string_view token) {
  std::string out;
  for (std::size_t at = 0; at < token.size();) {
    const utf8::CodePoint c = utf8::decode(token, at);
    if (!c.valid || c.value >= alphabet_characters || tables().bytes[c.value] < 0) return std::nullopt;
    out += static_cast<char>(tables().bytes[c.value]);
    at += c.length;
  }
  return out;
}

std::string from_bytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes)
    out += tables().characters[static_cast<unsigned char>(byte)];
  return out;
}

}  // namespace tauscope::byte_alphabet
