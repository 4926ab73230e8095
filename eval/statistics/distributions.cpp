#include "eval/statistics/distributions.h"

#include <cmath>
#include <initializer_list>
#include <limits>

namespace tauscope {
namespace {

/// The continued fraction of I_x(a, b) (Abramowitz and Stegun 26.5.8) by Lentz's method; it converges fast
/// for x below (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr int most_terms = 100000;
  constexpr double tiny = 1e-300, enough = 1e-15;
  const auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m <= most_terms; ++m) {
    double change = 1;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < enough) break;
  }
  return fraction;
}

/// What Stirling's series adds to (a - ½) log a - a + ½ log 2π for log Γ(a), a >= 16.
double stirling_rest(double a) {
  const double r = 1 / (a * a);
  return (1 / a) * (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188))));
}

/// log B(a, b). For large a the difference of two large logarithms is taken term by term.
double log_beta(double a, double b) {
  if (a < b) return log_beta(b, a);
  if (a < 16) return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  const double gammas =
      -(a - 0.5) * std::log1p(b / a) - b * std::log(a + b) + b + stirling_rest(a) - stirling_rest(a + b);
  return gammas + std::lgamma(b);
}

}  // namespace

double incomplete_beta(double a, double b, double x, double y) {
  if (!(x > 0)) return std::isnan(x) ? x : 0;
  if (!(y > 0)) return 1;
  const double log_x = y < 0.5 ? std::log1p(-y) : std::log(x), log_y = x < 0.5 ? std::log1p(-x) : std::log(y);
  const double front = std::exp(a * log_x + b * log_y - log_beta(a, b));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, y) / b;
}

double student_t_two_sided(double t, double freedom) {
  if (std::isnan(t) || !(freedom > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(t)) return 0;
  const double square = t * t, sum = freedom + square;
  if (std::isinf(square)) return 0;
  return incomplete_beta(freedom / 2, 0.5, freedom / sum, square / sum);
}

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double normal_quantile(double p) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  if (p <= 0) return -infinite;
  if (p >= 1) return infinite;
  if (p > 0.5) return -normal_quantile(1 - p);
  double low = -40, high = 0;
  for (double middle = -20; low < middle && middle < high; middle = low + (high - low) / 2)
    (normal_cdf(middle) < p ? low : high) = middle;
  return high;
}

}  // namespace tauscope
