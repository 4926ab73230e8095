#include "kernels/reference_terms.h"

#include <algorithm>
#include <cmath>

namespace tauscope::reference {

bool finite(float z) {
  return std::isfinite(z);
}

/// e^x - 1 - x >= 0.
Real expm1_minus(Real x) {
  if (std::abs(x) > 1e-3L) return std::expm1(x) - x;
  return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7)))));
}

/// from log(from/to) - from + to >= 0, with log_ratio = log(to/from).
Real divergence_term(Real from, Real to, Real log_ratio) {
  return std::abs(log_ratio) < 0.5L ? from * expm1_minus(log_ratio) : to - from - from * log_ratio;
}

/// `without` is masked too, where it is a token.
Softmax softmax(std::span<const float> z, Real tau, std::int64_t without) {
  const std::size_t V = z.size();
  std::size_t top = V;
  for (std::size_t j = 0; j < V; ++j) {
    if (static_cast<std::int64_t>(j) != without && (top == V || z[j] > z[top])) top = j;
  }
  Softmax s{Vector(V, -infinity), Vector(V), Vector(V), Vector(V)};
  Real others = 0;  // sum of the weights of all but the largest token, whose weight is 1
  for (std::size_t j = 0; j < V; ++j) {
    if (static_cast<std::int64_t>(j) == without || !finite(z[j])) continue;
    s.scaled[j] = (static_cast<Real>(z[j]) - z[top]) / tau;
    s.weight[j] = std::exp(s.scaled[j]);
    if (j != top) others += s.weight[j];
  }
  s.total = 1 + others;
  s.log_total = top < V ? z[top] / tau + std::log1p(others) : -infinity;
  for (std::size_t j = 0; j < V; ++j) {
    s.log_prob[j] = s.scaled[j] - std::log1p(others);
    s.prob[j] = s.weight[j] / s.total;
  }
  return s;
}

/// log(teacher.total / student.total), from the sum of the differences of the weights.
Real log_ratio_of_totals(const Softmax& teacher, const Softmax& student) {
  Real difference = 0;
  for (std::size_t j = 0; j < teacher.weight.size(); ++j) {
    const Real x = teacher.scaled[j] - student.scaled[j];  // NaN where both are masked
    difference +=
        std::abs(x) < 0.5L ? student.weight[j] * std::expm1(x) : teacher.weight[j] - student.weight[j];
  }
  return difference > 0 ? std::log1p(difference / student.total) : -std::log1p(-difference / teacher.total);
}

Pair make_pair(std::span<const float> teacher, std::span<const float> student, Real tau,
               std::int64_t without) {
  const std::size_t V = teacher.size();
  Pair c{softmax(teacher, tau, without),
         softmax(student, tau, without),
         Vector(V),
         Vector(V),
         Vector(V),
         Vector(V)};
  const Real log_ratio = log_ratio_of_totals(c.p, c.q);
  for (std::size_t j = 0; j < V; ++j) {
    const Real p = c.p.prob[j], q = c.q.prob[j];
    const bool has_p = c.p.log_prob[j] > -infinity, has_q = c.q.log_prob[j] > -infinity;
    if (!has_p && !has_q) continue;
    c.delta[j] = c.q.scaled[j] - c.p.scaled[j] + log_ratio;  // infinite where one side is masked
    c.u[j] = std::abs(c.delta[j]) < 0.5L ? p * std::expm1(c.delta[j]) : q - p;
    c.fkl[j] = !has_p ? q : !has_q ? infinity : divergence_term(p, q, c.delta[j]);
    c.rkl[j] = !has_q ? p : !has_p ? infinity : divergence_term(q, p, -c.delta[j]);
    c.fkl_sum += c.fkl[j];
    c.rkl_sum += c.rkl[j];
  }
  return c;
}

/// q - p and q (delta - RKL). The second is taken as q (c - E_q[c]) with c = delta - delta of the student's
/// largest token: as that token's probability tends to 1, delta - RKL would cancel there.
Gradients gradients(const Pair& c, Real factor) {
  const std::size_t V = c.u.size();
  const auto top =
      static_cast<std::size_t>(std::max_element(c.q.prob.begin(), c.q.prob.end()) - c.q.prob.begin());
  Vector centred(V);
  Real mean = 0;
  for (std::size_t j = 0; j < V; ++j) {
    if (c.q.prob[j] == 0) continue;
    centred[j] = c.delta[j] - c.delta[top];
    mean += c.q.prob[j] * centred[j];
  }
  Gradients g{Vector(V), Vector(V)};
  for (std::size_t j = 0; j < V; ++j) {
    g.fkl[j] = factor * c.u[j];
    g.rkl[j] = std::isinf(c.rkl_sum) ? std::numeric_limits<Real>::quiet_NaN()
                                     : factor * c.q.prob[j] * (centred[j] - mean);
  }
  return g;
}

Real norm1(const Vector& g) {
  Real sum = 0;
  for (const Real x : g)
    sum += std::abs(x);
  return sum;
}

Real dot(const Vector& a, const Vector& b) {
  Real sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j)
    sum += a[j] * b[j];
  return sum;
}

Real norm2(const Vector& g) {
  return std::sqrt(dot(g, g));
}

Real norm_inf(const Vector& g) {
  Real largest = 0;
  for (const Real x : g) {
    if (std::isnan(x)) return x;
    largest = std::max(largest, std::abs(x));
  }
  return largest;
}

Real entropy(const Softmax& p) {
  Real sum = 0;
  for (std::size_t j = 0; j < p.prob.size(); ++j)
    sum -= p.prob[j] > 0 ? p.prob[j] * p.log_prob[j] : 0;
  return sum;
}

Real cross_entropy(const Pair& c) {
  Real sum = 0;
  for (std::size_t j = 0; j < c.u.size(); ++j) {
    if (c.p.log_prob[j] > -infinity)
      sum += std::isinf(c.q.log_prob[j]) ? infinity : -c.p.prob[j] * c.q.log_prob[j];
  }
  return sum;
}

/// 1/2 KL(p||m) + 1/2 KL(q||m), m = (p + q)/2, with p = m (1 - s), q = m (1 + s).
Real jensen_shannon(const Pair& c) {
  Real sum = 0;
  for (std::size_t j = 0; j < c.u.size(); ++j) {
    const Real total = c.p.prob[j] + c.q.prob[j];
    if (total == 0) continue;
    const Real s = c.u[j] / total;
    const Real low = s < 1 ? (1 - s) * std::log1p(-s) : 0, high = s > -1 ? (1 + s) * std::log1p(s) : 0;
    sum += total / 4 * (low + high);
  }
  return sum;
}

}  // namespace tauscope::reference
