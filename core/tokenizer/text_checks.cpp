#include "core/tokenizer/text_checks.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {

void require_utf8(std::string_view text) {
  const std::size_t at = utf8::find_invalid(text);
  if (at == std::string_view::npos) return;
  throw Error::bad_input("", "the text to tokenize is not valid UTF-8")
      .found(fmt::format("byte 0x{:02X} at offset {}", static_cast<unsigned char>(text[at]), at))
      .remedy("convert it to UTF-8");
}

void require_token_id(std::int32_t id, std::int32_t size) {
  if (id >= 0 && id < size) return;
  throw Error::bad_input("", "there is no such token id")
      .found(fmt::format("{}", id))
      .expected(fmt::format("0 to {}", size - 1))
      .remedy("decode with the tokenizer that made the ids");
}

}  // namespace tauscope
