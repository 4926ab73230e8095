// Checks that every tokenizer makes in the same words.
#pragma once

#include <cstdint>
#include <string_view>

namespace tauscope {

/// Throws Error::bad_input if `text` is not UTF-8: to guess would give ids that no one else gets.
void require_utf8(std::string_view text);

/// Throws Error::bad_input unless 0 <= id < size.
void require_token_id(std::int32_t id, std::int32_t size);

}  // namespace tauscope
