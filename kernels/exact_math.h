// Scalar formulas of the exact variant, in double, precise where a subtraction would cancel.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/statistics.h"

namespace tauscope::exact {

inline constexpr double none = RowStatistics::none;
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double smallest_norm = 1e-30;

inline bool has_value(float z) {
  return z > -std::numeric_limits<float>::infinity();
}

/// e^x - 1 - x.
inline double expm1_minus(double x) {
  if (std::abs(x) > 0.01) return std::expm1(x) - x;
  return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6))));
}

/// from log(from/to) - from + to >= 0, log_ratio = log(to/from).
inline double divergence_term(double from, double to, double log_ratio) {
  return std::abs(log_ratio) < 0.5 ? from * expm1_minus(log_ratio) : to - from - from * log_ratio;
}

/// 1/2 p log(p/m) + 1/2 q log(q/m), m = (p + q)/2, from u = q - p.
inline double jensen_shannon_term(double p, double q, double u) {
  const double sum = p + q;
  if (sum == 0) return 0;
  const double s = u / sum, square = s * s;
  if (std::abs(s) < 0.01) return sum / 4 * square * (1 + square / 6 + square * square / 15);
  const double low = s < 1 ? (1 - s) * std::log1p(-s) : 0, high = s > -1 ? (1 + s) * std::log1p(s) : 0;
  return sum / 4 * (low + high);
}

inline double ratio_of_norms(double a, double b) {
  return a >= smallest_norm && b >= smallest_norm ? a / b : none;
}

inline double cosine(double product, double a, double b) {
  if (!(a >= smallest_norm && b >= smallest_norm)) return none;
  return std::clamp(product / a / b, -1.0, 1.0);
}

/// `part` of `whole`, where the norm behind them is large enough to speak of shares.
inline double share(double part, double whole, double norm) {
  return norm >= smallest_norm ? part / whole : none;
}

/// exp of the entropy of |g| / sum |g|, from l1 = sum |g| and sum |g| log|g|.
inline double effective_tokens(double l1, double log_sum, double factor) {
  return l1 * factor >= smallest_norm ? std::exp(std::log(l1) - log_sum / l1) : none;
}

inline double x_log_x(double x) {
  return x > 0 ? x * std::log(x) : 0;
}

}  // namespace tauscope::exact
