#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tauscope {

/// RFC 4648 with padding; nothing where `text` is not that.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace tauscope
