// Teacher/student pairs for the tests of the fast kernels: several shapes of rows, every type, padded rows.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope::test {

enum class Shape {
  far,
  close,
  nearly_equal,
  equal,
  peaked,
  peaked_close,
  disagreeing,
  offset,
  flat,
  bimodal
};

inline const std::vector<Shape>& all_shapes() {
  static const std::vector<Shape> shapes = {
      Shape::far,          Shape::close,       Shape::nearly_equal, Shape::equal, Shape::peaked,
      Shape::peaked_close, Shape::disagreeing, Shape::offset,       Shape::flat,  Shape::bimodal};
  return shapes;
}

inline const char* shape_name(Shape shape) {
  static const char* const names[] = {"far",          "close",       "nearly equal", "equal", "peaked",
                                      "peaked close", "disagreeing", "offset",       "flat",  "bimodal"};
  return names[static_cast<int>(shape)];
}

/// Rounds to the type and returns its bits.
inline std::uint16_t half_bits(float value, DType dtype) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (dtype == DType::bfloat16)
    return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
  const std::uint16_t sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return 0x7E00u;
  if (magnitude >= 65520.0f) return sign | 0x7C00u;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  if (magnitude == 0 || exponent < -13)
    return sign | static_cast<std::uint16_t>(std::lrint(magnitude * 0x1p24f));
  const auto significand =
      static_cast<std::uint32_t>(std::lrint(std::ldexp(magnitude, 11 - exponent)));  // 1024 … 2048
  return static_cast<std::uint16_t>(
      sign | ((static_cast<std::uint32_t>(exponent + 14) << 10) + (significand - 1024)));
}

/// Logits of one side: (rows, vocab), rows `stride` apart, NaN between them and a margin of one element in
/// front.
class Logits {
 public:
  Logits(const std::vector<float>& values, std::size_t rows, std::size_t vocab, DType dtype,
         std::size_t padding)
      : rows_(rows), vocab_(vocab), stride_(vocab + padding), dtype_(dtype) {
    const std::size_t size = dtype_bytes(dtype);
    bytes_.resize((1 + rows * stride_) * size, '\xFF');  // all ones is NaN in every type
    for (std::size_t i = 0; i < rows * vocab; ++i) {
      char* at = bytes_.data() + (1 + i / vocab * stride_ + i % vocab) * size;
      const std::uint16_t half = dtype == DType::float32 ? std::uint16_t{0} : half_bits(values[i], dtype);
      std::memcpy(at, dtype == DType::float32 ? static_cast<const void*>(&values[i]) : &half, size);
    }
  }
  LogitsView view() const { return {bytes_.data() + dtype_bytes(dtype_), rows_, vocab_, stride_, dtype_}; }

 private:
  std::vector<char> bytes_;
  std::size_t rows_, vocab_, stride_;
  DType dtype_;
};

struct Pair {
  std::vector<float> teacher, student;  ///< (rows, vocab)
  std::vector<std::int64_t> targets;
};

inline Pair make_pair(Shape shape, std::size_t rows, std::size_t vocab, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Pair pair;
  for (std::size_t i = 0; i < rows * vocab; ++i) {
    const float z = 2.5f * normal(random), noise = normal(random);
    float scale = 1.0f;
    if (shape == Shape::close || shape == Shape::peaked_close) scale = 0.1f;
    if (shape == Shape::nearly_equal) scale = 1e-3f;
    if (shape == Shape::equal) scale = 0.0f;
    if (shape == Shape::far) scale = 3.0f;
    pair.teacher.push_back(shape == Shape::flat      ? 0.01f * z
                           : shape == Shape::bimodal ? std::copysign(4.0f, z)
                                                     : z);
    pair.student.push_back(pair.teacher.back() + scale * noise);
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float *teacher = pair.teacher.data() + r * vocab, *student = pair.student.data() + r * vocab;
    const std::size_t top = random() % vocab, other = random() % vocab;
    if (shape == Shape::peaked || shape == Shape::peaked_close) teacher[top] += 18, student[top] += 18;
    if (shape == Shape::disagreeing) teacher[top] += 14, student[other] += 14;
    if (shape == Shape::offset) {
      for (std::size_t j = 0; j < vocab; ++j)
        teacher[j] += 50, student[j] -= 50;
    }
    pair.targets.push_back(r % 3 == 0 ? static_cast<std::int64_t>(top)
                                      : static_cast<std::int64_t>(random() % vocab));
    if (r % 4 == 3) pair.targets.back() = -1;
  }
  return pair;
}

}  // namespace tauscope::test
