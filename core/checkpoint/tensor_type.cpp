#include <array>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/checkpoint/tensor_file.h"

namespace tauscope {
namespace {

struct TypeRow {
  TensorType type;
  const char* name;
  std::size_t bits;
};

constexpr std::array types{
    TypeRow{TensorType::F64, "F64", 64},        TypeRow{TensorType::F32, "F32", 32},
    TypeRow{TensorType::F16, "F16", 16},        TypeRow{TensorType::BF16, "BF16", 16},
    TypeRow{TensorType::I64, "I64", 64},        TypeRow{TensorType::I32, "I32", 32},
    TypeRow{TensorType::I16, "I16", 16},        TypeRow{TensorType::I8, "I8", 8},
    TypeRow{TensorType::U64, "U64", 64},        TypeRow{TensorType::U32, "U32", 32},
    TypeRow{TensorType::U16, "U16", 16},        TypeRow{TensorType::U8, "U8", 8},
    TypeRow{TensorType::BOOL, "BOOL", 8},       TypeRow{TensorType::C64, "C64", 64},
    TypeRow{TensorType::F8_E4M3, "F8_E4M3", 8}, TypeRow{TensorType::F8_E4M3FNUZ, "F8_E4M3FNUZ", 8},
    TypeRow{TensorType::F8_E5M2, "F8_E5M2", 8}, TypeRow{TensorType::F8_E5M2FNUZ, "F8_E5M2FNUZ", 8},
    TypeRow{TensorType::F8_E8M0, "F8_E8M0", 8}, TypeRow{TensorType::F6_E2M3, "F6_E2M3", 6},
    TypeRow{TensorType::F6_E3M2, "F6_E3M2", 6}, TypeRow{TensorType::F4, "F4", 4},
};

const TypeRow& row_of(TensorType type) {
  for (const auto& row : types)
    if (row.type == type) return row;
  throw std::invalid_argument("not a tensor type");
}

}  // namespace

const char* tensor_type_name(TensorType type) {
  return row_of(type).name;
}
std::size_t tensor_type_bits(TensorType type) {
  return row_of(type).bits;
}
std::size_t tensor_type_bytes(TensorType type) {
  const std::size_t bits = tensor_type_bits(type);
  return bits % 8 == 0 ? bits / 8 : 0;
}

std::optional<TensorType> tensor_type_of_name(std::string_view name) {
  for (const auto& row : types)
    if (name == row.name) return row.type;
  return std::nullopt;
}

std::string tensor_type_names() {
  std::string names;
  for (const auto& row : types)
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

std::optional<std::uint64_t> tensor_bytes(TensorType type, const std::vector<std::int64_t>& shape) {
  constexpr auto most_allowed = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  std::uint64_t bits = tensor_type_bits(type);
  // Whole bytes are counted as such: 63 bits of them are allowed.
  const std::uint64_t unit = bits % 8 == 0 ? 8 : 1;
  bits /= unit;
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent != 0 && bits > most_allowed / static_cast<std::uint64_t>(extent)) return std::nullopt;
    bits *= static_cast<std::uint64_t>(extent);
  }
  if (bits * unit % 8 != 0) return std::nullopt;
  return unit == 8 ? bits : bits / 8;
}

std::int64_t TensorEntry::elements() const {
  return static_cast<std::int64_t>(bytes.size() * 8 / tensor_type_bits(type));
}

}  // namespace tauscope
