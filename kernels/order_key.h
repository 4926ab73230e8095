// The order of a row's tokens as one number a token.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tauscope {

/// Ascending keys are the order: larger logits first, then smaller ids.
inline std::uint64_t order_key(float z, std::size_t token) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(z == 0 ? 0.0F : z);  // -0 and 0 are ties
  const std::uint32_t ascending = bits & 0x80000000U ? ~bits : bits | 0x80000000U;
  return (static_cast<std::uint64_t>(~ascending) << 32) | static_cast<std::uint32_t>(token);
}

}  // namespace tauscope
