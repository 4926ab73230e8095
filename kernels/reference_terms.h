// The pieces of the reference variant: softmax, divergence terms, gradients and norms of one row, token by
// token, in long double.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tauscope::reference {

using Real = long double;
using Vector = std::vector<Real>;

inline constexpr Real infinity = std::numeric_limits<Real>::infinity();
inline constexpr Real smallest_norm = 1e-30L;

/// Not masked.
bool finite(float z);

/// e^x - 1 - x >= 0.
Real expm1_minus(Real x);

/// from log(from/to) - from + to >= 0, with log_ratio = log(to/from).
Real divergence_term(Real from, Real to, Real log_ratio);

/// softmax(z / tau). Masked tokens have probability 0.
struct Softmax {
  Vector scaled;  // (z - max) / tau; -inf where masked
  Vector weight;  // e^scaled
  Vector log_prob, prob;
  Real total = 0;      // sum of the weights
  Real log_total = 0;  // log of the sum of e^(z / tau)
};

/// `without` is masked too, where it is a token.
Softmax softmax(std::span<const float> z, Real tau, std::int64_t without = -1);

/// Teacher and student at one tau, and what follows token by token.
struct Pair {
  Softmax p, q;
  Vector delta;     // log q - log p; 0 where both are masked
  Vector fkl, rkl;  // p log(p/q) - p + q and q log(q/p) - q + p, each >= 0
  Vector u;         // q - p
  Real fkl_sum = 0, rkl_sum = 0;
};

Pair make_pair(std::span<const float> teacher, std::span<const float> student, Real tau,
               std::int64_t without = -1);

struct Gradients {
  Vector fkl, rkl;  // with the factor of the scaling
};

/// All NaN for RKL where RKL is infinite.
Gradients gradients(const Pair& c, Real factor);

Real norm1(const Vector& g);
Real norm2(const Vector& g);
Real norm_inf(const Vector& g);
Real dot(const Vector& a, const Vector& b);

Real entropy(const Softmax& p);
Real cross_entropy(const Pair& c);  ///< -sum p log q
Real jensen_shannon(const Pair& c);

}  // namespace tauscope::reference
