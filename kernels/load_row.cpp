#include "kernels/load_row.h"

#include <bit>
#include <cstring>

namespace tauscope {
namespace {

float from_bfloat16(std::uint16_t h) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16);
}

// Branch-free, so that compilers turn the loop into vectors: the multiplication moves the exponent's bias
// from 15 to 127 and makes subnormals normal; inf and NaN get float32's exponent.
float from_float16(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000U) << 16;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(h & 0x7FFFU) << 13;
  const std::uint32_t special = (h & 0x7C00U) == 0x7C00U ? 0x7F800000U : 0U;
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112F;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(scaled) | special | sign);
}

template <float (*convert)(std::uint16_t)>
void load_half(const void* row, std::span<float> out) {
  const char* bytes = static_cast<const char*>(row);
  for (std::size_t j = 0; j < out.size(); ++j) {
    std::uint16_t h = 0;
    std::memcpy(&h, bytes + 2 * j, 2);  // rows may start at odd addresses of a mapped file
    out[j] = convert(h);
  }
}

}  // namespace

void load_logits(const void* data, DType dtype, std::span<float> out) {
  switch (dtype) {
    case DType::float32:
      std::memcpy(out.data(), data, out.size_bytes());
      return;
    case DType::float16:
      load_half<from_float16>(data, out);
      return;
    case DType::bfloat16:
      load_half<from_bfloat16>(data, out);
      return;
  }
}

void load_row(const LogitsView& view, std::size_t r, std::span<float> out) {
  load_logits(view.row(r), view.dtype, out.first(view.vocab));
}

}  // namespace tauscope
