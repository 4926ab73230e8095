// The gradient as math.md writes it, in long double: the oracle of the vector loops, and what rows with
// tokens masked on one side only are computed with.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/gradient_rows.h"
#include "kernels/validate.h"

namespace tauscope::gradient {
namespace {

using Real = long double;

/// log softmax(z / tau); the largest token's is -log1p(sum of the others), which keeps its digits.
std::vector<Real> log_softmax(std::span<const float> z, Real tau) {
  const std::size_t top = std::size_t(std::max_element(z.begin(), z.end()) - z.begin());
  std::vector<Real> result(z.size());
  Real others = 0;
  for (std::size_t j = 0; j < z.size(); ++j) {
    result[j] = (Real(z[j]) - z[top]) / tau;
    if (j != top) others += std::exp(result[j]);
  }
  for (Real& x : result)
    x -= std::log1p(others);
  return result;
}

/// from log(from/to) - from + to >= 0, with t = log(to/from).
Real divergence_term(Real from, Real to, Real t) {
  if (from == 0) return to;
  if (std::abs(t) > 1e-3L) return std::abs(t) < 0.5L ? from * (std::expm1(t) - t) : to - from - from * t;
  return from * t * t / 2 * (1 + t / 3 * (1 + t / 4 * (1 + t / 5 * (1 + t / 6))));
}

}  // namespace

double reference_row_gradient(std::span<const float> teacher, std::span<const float> student,
                              const GradientSpec& spec, std::span<double> out) {
  const std::vector<Real> log_p = log_softmax(teacher, spec.tau), log_q = log_softmax(student, spec.tau);
  const bool forward = spec.direction == KlDirection::forward;
  const Real factor = gradient_factor(spec.tau_scaling, spec.tau);
  const auto log_ratio = [&](std::size_t j) { return log_q[j] - log_p[j]; };
  const auto masked = [&](std::size_t j) { return std::isinf(log_p[j]) && std::isinf(log_q[j]); };
  // t - RKL is taken relative to the student's largest token: as that one's probability tends to 1, the plain
  // difference cancels.
  const std::size_t base = std::size_t(std::max_element(log_q.begin(), log_q.end()) - log_q.begin());
  Real divergence = 0, mean = 0;
  for (std::size_t j = 0; j < teacher.size(); ++j) {
    if (masked(j)) continue;
    const Real p = std::exp(log_p[j]), q = std::exp(log_q[j]), t = log_ratio(j);
    divergence += forward ? divergence_term(p, q, t) : divergence_term(q, p, -t);
    if (q > 0) mean += q * (t - log_ratio(base));
  }
  for (std::size_t j = 0; j < teacher.size(); ++j) {
    const Real p = std::exp(log_p[j]), q = std::exp(log_q[j]), t = log_ratio(j);
    Real g = q - p;
    if (forward && std::abs(t) < 0.5L) g = p * std::expm1(t);
    if (!forward) g = q == 0 ? 0 : q * ((t - log_ratio(base)) - mean);
    if (!forward && std::isinf(divergence)) g = std::numeric_limits<Real>::quiet_NaN();
    out[j] = double(factor * g);
  }
  return double(divergence);
}

}  // namespace tauscope::gradient
