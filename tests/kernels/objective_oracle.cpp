#include "tests/kernels/objective_oracle.h"

#include <quadmath.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace tauscope::test {
namespace {

using Vector = std::vector<Quad>;

/// Entries of p and log p.
struct Distribution {
  Vector p, log;
};

Distribution softmax(const Vector& z, Quad tau) {
  const Quad top = *std::max_element(z.begin(), z.end());
  Quad sum = 0;
  Distribution d;
  for (const Quad x : z)
    sum += expq((x - top) / tau);
  for (const Quad x : z) {
    d.log.push_back((x - top) / tau - logq(sum));
    d.p.push_back(expq(d.log.back()));
  }
  return d;
}

Quad kl(const Distribution& a, const Distribution& b) {
  Quad sum = 0;
  for (std::size_t j = 0; j < a.p.size(); ++j)
    sum += a.p[j] * (a.log[j] - b.log[j]);
  return sum;
}

Distribution mix(Quad c, const Distribution& a, const Distribution& b) {
  Distribution m;
  for (std::size_t j = 0; j < a.p.size(); ++j) {
    m.p.push_back(c * a.p[j] + (1 - c) * b.p[j]);
    m.log.push_back(logq(m.p.back()));
  }
  return m;
}

Quad entropy(const Distribution& d) {
  Quad sum = 0;
  for (std::size_t j = 0; j < d.p.size(); ++j)
    sum -= d.p[j] * d.log[j];
  return sum;
}

Vector without(Vector z, int target) {
  z.erase(z.begin() + target);
  return z;
}

/// Quantities that count as constants for the gradient.
struct Constants {
  Quad akl_weight = 0;
  Vector todi_share;
  Distribution student;
};

Quad akl_weight(const Distribution& p, const Distribution& q, Quad mass, bool crossing) {
  std::vector<std::size_t> order(p.p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p.p[a] > p.p[b]; });
  Quad before = 0, head = 0, total = 0;
  const Quad slack = Quad(1e-12);
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t j = order[place];
    const Quad after = before + p.p[j];
    const bool inside = crossing ? before < mass * (1 - slack) : after <= mass * (1 + slack);
    if (inside || place == 0) head += fabsq(p.p[j] - q.p[j]);
    total += fabsq(p.p[j] - q.p[j]);
    before = after;
  }
  return total == 0 ? Quad(0.5) : head / total;
}

Quad ab(const Distribution& p, const Distribution& q, Quad a, Quad b) {
  Quad sum = 0;
  for (std::size_t j = 0; j < p.p.size(); ++j) {
    const Quad lp = p.log[j], lq = q.log[j], t = lq - lp;
    if (a == 0 && b == 0) {
      sum += t * t / 2;
    } else if (a == 0) {
      sum += (expq(b * lq) * b * t - expq(b * lq) + expq(b * lp)) / (b * b);
    } else if (b == 0) {
      sum += (expq(a * lp) * -a * t - expq(a * lp) + expq(a * lq)) / (a * a);
    } else if (a + b == 0) {
      sum += (a * t + expq(-a * t) - 1) / (a * a);
    } else {
      const Quad s = a + b;
      sum -= (expq(a * lp + b * lq) - a / s * expq(s * lp) - b / s * expq(s * lq)) / (a * b);
    }
  }
  return sum;
}

Quad dkd(const Vector& teacher, const Vector& student, Quad tau, int y, Quad beta) {
  const Distribution p = softmax(teacher, tau), q = softmax(student, tau);
  const Distribution rest_p = softmax(without(teacher, y), tau), rest_q = softmax(without(student, y), tau);
  // log of what the target leaves, from the logits: 1 - p_y would underflow.
  const std::size_t other = y == 0 ? 1 : 0;
  const Quad lp = p.log[other] - rest_p.log[0], lq = q.log[other] - rest_q.log[0];
  const Quad target =
      p.p[std::size_t(y)] * (p.log[std::size_t(y)] - q.log[std::size_t(y)]) + expq(lp) * (lp - lq);
  return target + beta * kl(rest_p, rest_q);
}

Vector scores(const Vector& z) {
  const Quad n = Quad(double(z.size()));
  const Quad mean = std::accumulate(z.begin(), z.end(), Quad(0)) / n;
  Quad square = 0;
  for (const Quad x : z)
    square += (x - mean) * (x - mean);
  Vector result;
  for (const Quad x : z)
    result.push_back((x - mean) / sqrtq(square / n));
  return result;
}

Quad mse(const Vector& teacher, const Vector& student) {
  const Quad n = Quad(double(teacher.size()));
  Quad mean = 0, sum = 0;
  for (std::size_t j = 0; j < teacher.size(); ++j)
    mean += (student[j] - teacher[j]) / n;
  for (std::size_t j = 0; j < teacher.size(); ++j) {
    const Quad d = student[j] - teacher[j] - mean;
    sum += d * d;
  }
  return sum / (2 * n);
}

Quad todi(const Distribution& p, const Distribution& q, const Vector& share) {
  Quad sum = 0;
  for (std::size_t j = 0; j < p.p.size(); ++j) {
    const Quad t = q.log[j] - p.log[j];
    sum += share[j] * p.p[j] * -t + (1 - share[j]) * q.p[j] * t;
  }
  return sum;
}

Quad divergence(const Vector& teacher, const Vector& student, const OracleSpec& spec,
                const Constants& constant) {
  const Quad tau = spec.tau;
  const Distribution p = softmax(teacher, tau), q = softmax(student, tau);
  const auto k = [&](std::size_t i) { return Quad(spec.parameters.at(i)); };
  const std::string& name = spec.objective;
  if (name == "fkl") return kl(p, q) + k(0) * entropy(p);
  if (name == "rkl") return kl(q, p);
  if (name == "jeffreys") return k(0) * kl(p, q) + k(1) * kl(q, p);
  if (name == "jsd") {
    const Distribution m = mix(k(0), p, q);
    return k(0) * kl(p, m) + (1 - k(0)) * kl(q, m);
  }
  if (name == "skl") return kl(p, mix(k(0), p, q)) + k(1) * entropy(p);
  if (name == "srkl") return kl(q, mix(k(0), spec.parameters[1] != 0 ? constant.student : q, p));
  if (name == "tvd") {
    Quad sum = 0;
    for (std::size_t j = 0; j < p.p.size(); ++j)
      sum += fabsq(p.p[j] - q.p[j]) / 2;
    return sum;
  }
  if (name == "ab") return ab(p, q, k(0), k(1));
  if (name == "akl") return constant.akl_weight * kl(p, q) + (1 - constant.akl_weight) * kl(q, p);
  if (name == "todi") return todi(p, q, constant.todi_share);
  if (name == "dkd") return dkd(teacher, student, tau, spec.target, k(0));
  if (name == "eopd") return kl(q, p) + (entropy(softmax(teacher, 1)) > k(0) ? kl(p, q) : 0);
  if (name == "mse") return mse(teacher, student);
  if (name == "zscore-kl") return kl(softmax(scores(teacher), tau), softmax(scores(student), tau));
  if (name == "ce") return -softmax(student, 1).log[std::size_t(spec.target)];
  throw std::invalid_argument("the oracle has no objective " + name);
}

Quad loss(const Vector& teacher, const Vector& student, const OracleSpec& spec, const Constants& constant) {
  const bool softened = spec.objective != "mse" && spec.objective != "ce";
  const Quad scale = softened && spec.squared ? Quad(spec.tau) * Quad(spec.tau) : Quad(1);
  Quad value = Quad(spec.weight) * scale * divergence(teacher, student, spec, constant);
  if (spec.ce_weight != 0) value -= Quad(spec.ce_weight) * softmax(student, 1).log[std::size_t(spec.target)];
  return value;
}

Constants constants(const Vector& teacher, const Vector& student, const OracleSpec& spec) {
  const Distribution p = softmax(teacher, spec.tau), q = softmax(student, spec.tau);
  Constants c;
  c.student = q;
  if (spec.objective == "akl") {
    c.akl_weight = akl_weight(p, q, spec.parameters[0], spec.parameters[1] != 0);
  }
  for (std::size_t j = 0; j < p.p.size(); ++j)
    c.todi_share.push_back(1 / (1 + expq(q.log[j] - p.log[j])));
  return c;
}

}  // namespace

OracleResult oracle(const std::vector<float>& teacher, const std::vector<float>& student,
                    const OracleSpec& spec, bool with_gradient) {
  const Vector t(teacher.begin(), teacher.end());
  Vector s(student.begin(), student.end());
  const Constants constant = constants(t, s, spec);
  OracleResult result{double(loss(t, s, spec, constant)), {}};
  if (!with_gradient) return result;
  // Fourth order: truncation is 1e-20 of the fifth derivative's effect, rounding about 1e-24 absolute.
  const Quad step = Quad(1e-5) * std::min(1.0, spec.tau);
  for (Quad& z : s) {
    const Quad at = z;
    const auto moved = [&](int steps) {
      z = at + steps * step;
      return loss(t, s, spec, constant);
    };
    const Quad slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step);
    z = at;
    result.gradient.push_back(double(slope));
  }
  return result;
}

}  // namespace tauscope::test
