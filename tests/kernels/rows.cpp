#include "tests/kernels/rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace tauscope::test {
namespace {

constexpr float masked = -std::numeric_limits<float>::infinity();

/// Rounds to float16 the slow, obvious way: scale to an integer multiple of the spacing, round half to even.
std::uint16_t to_float16(float x) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  if (std::isnan(x)) return 0x7E00;
  const double magnitude = std::abs(static_cast<double>(x));
  if (magnitude >= 65520) return static_cast<std::uint16_t>(sign | 0x7C00);
  const int exponent = std::max(magnitude > 0 ? std::ilogb(magnitude) : -14, -14);
  const double steps = std::nearbyint(std::ldexp(magnitude, 10 - exponent));
  return static_cast<std::uint16_t>(sign | (static_cast<int>(steps) + ((exponent + 14) << 10)));
}

std::uint16_t to_bfloat16(float x) {
  if (std::isnan(x)) return 0x7FC0;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

}  // namespace

const char* pair_kind_name(PairKind kind) {
  static const char* const names[] = {"equal",        "near",      "very near", "moderate",  "far",
                                      "opposite",     "flat",      "constant",  "confident", "offset",
                                      "large offset", "quantised", "masked"};
  return names[static_cast<std::size_t>(kind)];
}

StoredLogits::StoredLogits(const std::vector<float>& values, std::size_t rows, std::size_t vocab, DType dtype,
                           std::size_t padding) {
  const std::size_t stride = vocab + padding, size = dtype_bytes(dtype);
  // One element of offset, and not one byte behind the last row's padding: a sanitizer sees any overrun.
  bytes_.resize((1 + rows * stride) * size);
  std::byte* const data = bytes_.data() + size;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < stride; ++j) {
      const float x = j < vocab ? values[r * vocab + j] : std::numeric_limits<float>::quiet_NaN();
      std::byte* const to = data + (r * stride + j) * size;
      if (dtype == DType::float32) {
        std::memcpy(to, &x, 4);
      } else {
        const std::uint16_t half = dtype == DType::float16 ? to_float16(x) : to_bfloat16(x);
        std::memcpy(to, &half, 2);
      }
    }
  }
  view_ = {data, rows, vocab, stride, dtype};
}

StatisticsInput PairRows::input() const {
  return {{teacher.data(), rows, vocab, vocab}, {student.data(), rows, vocab, vocab}, targets};
}

PairRows make_pairs(PairKind kind, std::size_t rows, std::size_t vocab, std::uint32_t seed) {
  std::mt19937 random(seed * 977 + static_cast<std::uint32_t>(kind) * 31 + static_cast<std::uint32_t>(vocab));
  std::normal_distribution<float> gauss;
  PairRows pairs{rows, vocab, std::vector<float>(rows * vocab), {}, std::vector<std::int64_t>(rows)};
  const float scale = kind == PairKind::flat ? 0.01F : kind == PairKind::opposite ? 10.0F : 3.0F;
  for (float& x : pairs.teacher)
    x = scale * gauss(random);
  if (kind == PairKind::quantised) {
    for (float& x : pairs.teacher)
      x = std::nearbyint(x);
  }
  if (kind == PairKind::confident) {
    for (std::size_t r = 0; r < rows; ++r)
      pairs.teacher[r * vocab + random() % vocab] = 40;
  }
  pairs.student = pairs.teacher;
  const auto noise = [&](float size, float shift = 0) {
    for (float& x : pairs.student)
      x = x + size * gauss(random) + shift;
  };
  switch (kind) {
    case PairKind::equal:
      break;
    case PairKind::near:
      noise(1e-3F);
      break;
    case PairKind::very_near:
      noise(1e-6F);
      break;
    case PairKind::moderate:
      noise(0.5F);
      break;
    case PairKind::confident:
      noise(0.3F);
      break;
    case PairKind::flat:
      noise(0.01F);
      break;
    case PairKind::large_offset:
      noise(0.5F, 1e4F);
      break;
    case PairKind::far:
      for (float& x : pairs.student)
        x = 3 * gauss(random);
      break;
    case PairKind::opposite:
      for (float& x : pairs.student)
        x = -x;
      break;
    case PairKind::constant:
      std::fill(pairs.student.begin(), pairs.student.end(), 1.5F);
      break;
    case PairKind::offset:
      noise(1e-3F, 50);
      for (float& x : pairs.teacher)
        x -= 50;
      break;
    case PairKind::quantised:
      for (float& x : pairs.student)
        x += std::nearbyint(0.7F * gauss(random));
      break;
    case PairKind::masked:
      noise(0.5F);
      for (std::size_t j = 0; j < pairs.teacher.size(); ++j) {
        if (j % vocab != 1 && random() % 3 == 0) pairs.teacher[j] = pairs.student[j] = masked;
      }
      break;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const auto begin = pairs.teacher.begin() + static_cast<std::ptrdiff_t>(r * vocab);
    const auto top = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(vocab)) - begin;
    pairs.targets[r] = r % 3 == 0 ? top : r % 3 == 1 ? static_cast<std::int64_t>(random() % vocab) : -1;
  }
  return pairs;
}

double relative_bound(const KernelVariant& variant, double tau) {
  return variant.mode() == "fast" || tau < 0.25 ? 1e-4 : 1e-5;
}

std::string difference(const char* name, double reference, double value, double bound) {
  const std::string column = name;
  const bool absolute = column.find("share") != std::string::npos || column.find("cos") != std::string::npos;
  const double allowed = absolute ? bound : bound * std::abs(reference) + 1e-30;
  const bool good = std::isnan(reference)   ? std::isnan(value)
                    : std::isinf(reference) ? reference == value
                                            : std::abs(value - reference) <= allowed;
  if (good) return {};
  char text[160];
  std::snprintf(text, sizeof text, "%s: reference %.12g, got %.12g", name, reference, value);
  return text;
}

std::string first_difference(const RowStatistics& reference, const RowStatistics& value, double bound) {
  for (const StatisticsColumn& column : statistics_columns()) {
    const std::string wrong = difference(column.name, reference.*column.member, value.*column.member, bound);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::vector<RowStatistics> run(const KernelVariant& variant, const StatisticsInput& input,
                               const StatisticsSpec& spec, const KernelOptions& options) {
  std::vector<RowStatistics> out(input.teacher.rows * spec.taus.size());
  variant.statistics(input, spec, out, options);
  return out;
}

bool same_bits(const std::vector<RowStatistics>& a, const std::vector<RowStatistics>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(RowStatistics)) == 0;
}

}  // namespace tauscope::test
