#include "core/base/message.h"

#include <fmt/format.h>

#include "core/base/csv.h"

namespace tauscope {
std::string without_controls(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && (text[i + 1] & 0xE0) == 0x80;
    if (keep_lines && (byte == '\n' || byte == '\t'))
      out += text[i];
    else if (byte == '\n')
      out += "\\n";
    else if (byte == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\x{:02x}", byte);
    else if (is_c1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    else
      out += text[i];
  }
  return out;
}

std::string shown(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return without_controls(printable_utf8(text), false);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t cut = max_bytes;
  while (cut > 0 && continues(cut))
    --cut;  // not inside a character
  return without_controls(printable_utf8(text.substr(0, cut)), false) + "...";
}

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
  std::string quoted = "\"";
  return quoted.append(shown(text, max_bytes)).append("\"");
}

}  // namespace tauscope
