#include "app/gui/token_text.h"

#include <fmt/format.h>

#include <cstdint>

namespace tauscope::gui {

namespace {

struct Decoded {
  std::uint32_t point = 0;
  std::size_t length = 0;  ///< 0: not a code point
};

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first >= 0xF5 || bytes.size() < length) return {};
  std::uint32_t point = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return {};
  return {point, length};
}

/// Has no shape of its own, or turns the direction of what follows.
bool invisible(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA1) || point == 0xAD ||
         (point >= 0x2000 && point <= 0x200F) || (point >= 0x2028 && point <= 0x202F) ||
         (point >= 0x205F && point <= 0x206F) || point == 0x3000 || point == 0xFEFF ||
         (point >= 0xFFF0 && point <= 0xFFFB) || (point >= 0xE000 && point <= 0xF8FF);
}

void add(TokenText& out, std::string_view text, bool sign) {
  if (out.pieces.empty() || out.pieces.back().sign != sign) out.pieces.push_back({"", sign});
  out.pieces.back().text += text;
}

}  // namespace

TokenText token_text(std::string_view bytes) {
  TokenText out;
  if (bytes.empty()) add(out, "∅", true);
  for (std::size_t at = 0; at < bytes.size();) {
    const Decoded next = decode(bytes.substr(at));
    if (next.length == 0) {
      add(out, fmt::format("<0x{:02X}>", static_cast<std::uint8_t>(bytes[at])), true);
      ++at;
      continue;
    }
    if (next.point == ' ') {
      add(out, "␣", true);
    } else if (next.point == '\t') {
      add(out, "⇥", true);
    } else if (next.point == '\n') {
      add(out, "⏎", true);
      out.ends_line = true;
    } else if (next.point > 0xFFFF || invisible(next.point)) {
      add(out, fmt::format("U+{:04X}", next.point), true);
    } else {
      add(out, bytes.substr(at, next.length), false);
    }
    at += next.length;
  }
  return out;
}

std::string token_line(std::string_view bytes) {
  std::string line;
  for (const TokenPiece& piece : token_text(bytes).pieces)
    line += piece.text;
  return line;
}

std::string token_name(std::int64_t id, std::string_view bytes) {
  if (!bytes.empty()) return token_line(bytes);
  return id >= 0 ? fmt::format("#{}", id) : "?";
}

std::string hex_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes)
    out += fmt::format("{}{:02X}", out.empty() ? "" : " ", static_cast<std::uint8_t>(c));
  return out;
}

}  // namespace tauscope::gui
