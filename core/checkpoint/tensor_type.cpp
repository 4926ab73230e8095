#include <array>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/checkpoint/safetensors.h"

namespace tauscope {
namespace {

struct TypeRow {
  TensorType type;
  const char* name;
  std::size_t bytes;
};

constexpr std::array types{
    TypeRow{TensorType::F64, "F64", 8},         TypeRow{TensorType::F32, "F32", 4},
    TypeRow{TensorType::F16, "F16", 2},         TypeRow{TensorType::BF16, "BF16", 2},
    TypeRow{TensorType::I64, "I64", 8},         TypeRow{TensorType::I32, "I32", 4},
    TypeRow{TensorType::I16, "I16", 2},         TypeRow{TensorType::I8, "I8", 1},
    TypeRow{TensorType::U64, "U64", 8},         TypeRow{TensorType::U32, "U32", 4},
    TypeRow{TensorType::U16, "U16", 2},         TypeRow{TensorType::U8, "U8", 1},
    TypeRow{TensorType::BOOL, "BOOL", 1},       TypeRow{TensorType::F8_E4M3, "F8_E4M3", 1},
    TypeRow{TensorType::F8_E5M2, "F8_E5M2", 1},
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
std::size_t tensor_type_bytes(TensorType type) {
  return row_of(type).bytes;
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
  std::uint64_t bytes = tensor_type_bytes(type);
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent != 0 && bytes > most_allowed / static_cast<std::uint64_t>(extent)) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(extent);
  }
  return bytes;
}

std::int64_t TensorEntry::elements() const {
  return static_cast<std::int64_t>(bytes.size() / tensor_type_bytes(type));
}

}  // namespace tauscope
