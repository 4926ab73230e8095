// Shapes and types that every kernel shares. No torch, no windows, only the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tauscope {

enum class DType : std::uint8_t { float32, float16, bfloat16 };

constexpr std::size_t dtype_bytes(DType dtype) { return dtype == DType::float32 ? 4 : 2; }
constexpr const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::float32: return "float32";
    case DType::float16: return "float16";
    case DType::bfloat16: return "bfloat16";
  }
  return "?";
}

/// Non-owning logits, (rows, vocab): entry (r, j) lies at data + (r * row_stride + j) * dtype_bytes(dtype).
/// row_stride >= vocab counts elements; padding behind vocab is never read. Rows need no alignment beyond that of
/// one element.
struct LogitsView {
  const void* data = nullptr;
  std::size_t rows = 0;
  std::size_t vocab = 0;
  std::size_t row_stride = 0;
  DType dtype = DType::float32;

  const void* row(std::size_t r) const {
    return static_cast<const char*>(data) + r * row_stride * dtype_bytes(dtype);
  }
  LogitsView slice(std::size_t first_row, std::size_t count) const {
    return {row(first_row), count, vocab, row_stride, dtype};
  }
};

}  // namespace tauscope
