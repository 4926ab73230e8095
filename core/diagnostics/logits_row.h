// Single logits as float, whatever they are stored as and however they are aligned.
#pragma once

#include <cstring>

#include "core/diagnostics/half.h"
#include "kernels/logits_view.h"

namespace tauscope {

inline float load_logit(const void* row, std::size_t index, DType dtype) {
  const char* at = static_cast<const char*>(row) + index * dtype_bytes(dtype);
  if (dtype == DType::float32) {
    float value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, at, sizeof bits);
  return dtype == DType::float16 ? float_from_float16(bits) : float_from_bfloat16(bits);
}

}  // namespace tauscope
