// What the tests of the FKL and RKL gradients write to, and how that is held against the oracle.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "kernels/gradient.h"
#include "kernels/variants.h"
#include "tests/kernels/pairs.h"
#include "tests/support/catch.h"

namespace tauscope::test {

struct GradientResult {
  static constexpr float guard = -12345.0F;
  static constexpr std::size_t band = 5;

  std::size_t rows, vocab, stride = vocab + band;
  std::vector<float> gradient;  ///< with a guard band in front, between rows and behind
  std::vector<double> loss;
  KernelReport report;

  explicit GradientResult(const LogitsView& shape)
      : rows(shape.rows), vocab(shape.vocab), gradient(band + rows * stride, guard), loss(rows, guard) {}

  std::span<float> rows_begin() { return std::span(gradient).subspan(band); }
  std::span<const float> row(std::size_t r) const {
    return std::span(gradient).subspan(band + r * stride, vocab);
  }
  void check_guards() const {
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const bool inside = i >= band && (i - band) % stride < vocab && (i - band) / stride < rows;
      if (!inside && gradient[i] != guard) FAIL("wrote outside the rows, at " << i);
    }
  }
};

inline GradientResult run_gradient(const KernelVariant& variant, const LogitsView& teacher,
                                   const LogitsView& student, const GradientSpec& spec, int threads = 1) {
  GradientResult result(teacher);
  result.report = kl_gradient(variant, teacher, student, spec, result.rows_begin(), result.stride,
                              result.loss, {threads, {}});
  return result;
}

/// 1e-5 of the row's largest entry (1e-4 below tau = 0.25), plus what float32 cannot hold; NaN and infinities
/// where they belong.
inline void check_against_oracle(const GradientResult& found, const LogitsView& teacher,
                                 const LogitsView& student, const GradientSpec& spec) {
  const GradientResult oracle = run_gradient(*reference_variant(), teacher, student, spec);
  found.check_guards();
  oracle.check_guards();
  const double relative = spec.tau < 0.25 ? 1e-4 : 1e-5;
  for (std::size_t r = 0; r < teacher.rows; ++r) {
    const auto expected = oracle.row(r), got = found.row(r);
    double largest = 0, worst = 0;
    for (std::size_t j = 0; j < teacher.vocab; ++j) {
      largest = std::max(largest, std::abs(double(expected[j])));
      if (std::isnan(expected[j]) != std::isnan(got[j])) worst = std::numeric_limits<double>::infinity();
      if (!std::isnan(expected[j])) worst = std::max(worst, std::abs(double(got[j]) - double(expected[j])));
    }
    INFO("row " << r << ", tau " << spec.tau << ", largest " << largest);
    CHECK(worst <= relative * largest + 1e-30);
    const double expected_loss = oracle.loss[r], loss = found.loss[r];
    if (std::isfinite(expected_loss)) {
      CHECK(std::abs(loss - expected_loss) <= relative * expected_loss + 1e-30);
    } else {
      CHECK((loss == expected_loss || (std::isnan(loss) && std::isnan(expected_loss))));
    }
  }
}

}  // namespace tauscope::test
