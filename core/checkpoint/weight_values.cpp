#include "core/checkpoint/weight_values.h"

#include <fmt/format.h>

#include <cstring>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/tensor_layout.h"

namespace tauscope {
namespace {

/// A value is not finite where its exponent is all ones, and NaN where anything is set below.
template <class Bits>
NonFinite count(std::span<const std::byte> bytes, Bits exponent, Bits fraction) {
  const std::size_t values = bytes.size() / sizeof(Bits);
  const auto value_at = [&](std::size_t i) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + i * sizeof bits, sizeof bits);
    return bits;
  };
  std::int64_t all = 0;
  for (std::size_t i = 0; i < values; ++i)
    all += (value_at(i) & exponent) == exponent ? 1 : 0;
  NonFinite found;
  if (all == 0) return found;
  for (std::size_t i = 0; i < values; ++i)
    if (const Bits bits = value_at(i); (bits & exponent) == exponent && (bits & fraction) != 0) ++found.nan;
  found.infinite = all - found.nan;
  return found;
}

}  // namespace

NonFinite count_non_finite(const TensorEntry& tensor) {
  switch (tensor.type) {
    case TensorType::F64:
      return count<std::uint64_t>(tensor.bytes, 0x7FF0'0000'0000'0000, 0x000F'FFFF'FFFF'FFFF);
    case TensorType::F32:
      return count<std::uint32_t>(tensor.bytes, 0x7F80'0000, 0x007F'FFFF);
    case TensorType::F16:
      return count<std::uint16_t>(tensor.bytes, 0x7C00, 0x03FF);
    case TensorType::BF16:
      return count<std::uint16_t>(tensor.bytes, 0x7F80, 0x007F);
    default:
      return {};
  }
}

std::vector<std::string> weight_value_problems(const Checkpoint& checkpoint) {
  constexpr std::size_t most_named = 4;
  std::vector<std::string> problems;
  std::string named;
  std::size_t tensors = 0;
  for (const auto& file : checkpoint.files()) {
    try {
      file->verify_checksums();
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
    for (const TensorEntry& tensor : file->tensors()) {
      if (tensor_group(tensor.name) == TensorGroup::buffer) continue;
      const NonFinite found = count_non_finite(tensor);
      if (found.nan + found.infinite == 0) continue;
      if (++tensors <= most_named)
        named += fmt::format("{}{} ({} NaN and {} infinite of {})", named.empty() ? "" : ", ",
                             shown(tensor.name), found.nan, found.infinite, tensor.elements());
    }
  }
  if (tensors > most_named) named += fmt::format(" and {} more", tensors - most_named);
  if (tensors > 0)
    problems.push_back(fmt::format("{} {} values that are not finite, so that every result will be NaN: {}",
                                   tensors, tensors == 1 ? "tensor holds" : "tensors hold", named));
  return problems;
}

}  // namespace tauscope
