#include "core/base/message.h"

#include "core/base/csv.h"

namespace tauscope {

std::string shown(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return printable_utf8(text);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t cut = max_bytes;
  while (cut > 0 && continues(cut))
    --cut;  // not inside a character
  return printable_utf8(text.substr(0, cut)) + "...";
}

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
  std::string quoted = "\"";
  return quoted.append(shown(text, max_bytes)).append("\"");
}

}  // namespace tauscope
