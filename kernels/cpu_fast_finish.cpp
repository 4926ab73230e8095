// From the sums of one row to its statistics, in double, and the tests that say whether float sums were
// enough.
//
// With D = (z_t - max z_t) - (z_s - max z_s), L = log Z_p - log Z_q, mu = E_q[D] (kernels.md, "Formulas"):
//   FKL = E_p[D] / tau - L,  RKL = L - mu / tau,  g_F = c (q - p),  g_R = -(c / tau) q (D - mu).
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kernels/cpu_fast.h"
#include "kernels/validate.h"

namespace tauscope::fast {
namespace {

constexpr double tolerance = 6e-5;         // of 1e-4: what a result may owe to the errors estimated here
constexpr double double_rounding = 4e-16;  // of the few operations in this file
constexpr double smallest_norm = 1e-30;    // below, directions and ratios are undefined (math.md)

double square(double x) {
  return x * x;
}

/// Relative errors of float sums, at three standard deviations. A sum of n effective terms has 1/sqrt(n) of
/// the rounding of its terms and of its additions; what all terms share (the polynomial's bias; rounding, in
/// a row of few distinct logits) stays. Each squaring of the exponentials doubles what is theirs.
class SumErrors {
 public:
  SumErrors(const Row& row, const Rung& rung, const SumAccuracy& accuracy) {
    const double growth = std::ldexp(1.0, rung.depth);
    term_ = accuracy.addition + accuracy.exponential * growth;
    common_ = accuracy.bias * growth + (1e-7 + accuracy.exponential * growth) / row.variety;
  }
  double of(double effective_terms) const {
    return common_ + term_ / std::sqrt(std::max(1.0, effective_terms));
  }

 private:
  double term_, common_;
};

/// One side's distribution: what turns sums over the rest into expectations.
struct Side {
  double gap;        ///< the row's maximum less the rest's
  double weight;     ///< share of the whole per unit of a sum over the rest
  double tail;       ///< Z - 1, Z relative to the row's maximum
  double log_z;      ///< log(1 + tail)
  double rest;       ///< probability of the rest
  double error;      ///< relative error of sums of e
  double error_two;  ///< relative error of sums of e^2

  Side(const RowSide& side, double tau, double sum, double squares, double outliers, std::size_t vocab,
       const SumErrors& errors)
      : gap(side.maximum - side.rest_maximum) {
    const double scale = std::exp(-gap / tau);
    tail = scale * sum + outliers;
    log_z = std::log1p(tail);
    weight = scale / (1 + tail);
    rest = sum * weight;
    const double effective = squares > 0 ? sum * sum / squares : 1.0;
    error = errors.of(effective);
    // For normally distributed logits the squares have n^4 / V^3 effective terms where the terms have n.
    error_two = errors.of(effective * std::pow(effective / double(vocab), 3));
  }
};

/// An outlier at one temperature; all zero where it is masked.
struct Token {
  double p = 0, q = 0;      ///< first relative to the maxima, in the end probabilities
  double x_p = 0, x_q = 0;  ///< logits relative to the maxima
  double difference = 0;    ///< D
  double u = 0;             ///< q - p without cancellation where both are close to 1
};

class Finisher {
 public:
  Finisher(const Row& row, const Rung& rung, const RestSums& rest, const SumAccuracy& accuracy)
      : row_(row),
        s_(rest.sum),
        tau_(rung.tau),
        errors_(row, rung, accuracy),
        largest_(rest.largest_difference) {
    const double teacher_gap = row.teacher.maximum - row.teacher.rest_maximum;
    const double student_gap = row.student.maximum - row.student.rest_maximum;
    double teacher_others = 0, student_others = 0;
    for (std::size_t i = 0; i < row.outlier_count; ++i) {
      Token& t = tokens_[i];
      const OutlierToken& o = row.outliers[i];
      if (std::isinf(o.teacher)) continue;
      t.x_p = o.teacher - teacher_gap;
      t.x_q = o.student - student_gap;
      t.difference = t.x_p - t.x_q;
      t.p = std::exp(t.x_p / tau_);
      t.q = std::exp(t.x_q / tau_);
      if (o.index != row.teacher.argmax) teacher_others += t.p;
      if (o.index != row.student.argmax) student_others += t.q;
      largest_ = std::max(largest_, std::abs(t.difference));
    }
    teacher_.emplace(row.teacher, tau_, s_[Zp], s_[pp], teacher_others, row.vocab, errors_);
    student_.emplace(row.student, tau_, s_[Zq], s_[qq], student_others, row.vocab, errors_);
    const double product = (1 + teacher_->tail) * (1 + student_->tail);
    for (Token& t : tokens()) {
      t.u = ((t.q - t.p) + (t.q * teacher_->tail - t.p * student_->tail)) / product;
      t.p /= 1 + teacher_->tail;
      t.q /= 1 + student_->tail;
    }
  }

  bool run(double factor, RowStatistics& out) {
    fill_entropies(out);
    fill_target(out);
    return fill_divergences(out) && fill_gradients(factor, out);
  }

 private:
  std::span<Token> tokens() { return {tokens_.data(), row_.outlier_count}; }

  template <typename F>
  double over_tokens(F term) {
    double sum = 0;
    for (const Token& t : tokens())
      sum += term(t);
    return sum;
  }

  void fill_entropies(RowStatistics& out) {
    const auto entropy = [&](const Side& side, double weighted, double sum, double outliers) {
      const double mean = (weighted - side.gap * sum) * side.weight + outliers;  // E[x] <= 0
      return side.log_z - mean / tau_;
    };
    out.entropy_teacher =
        entropy(*teacher_, s_[pX], s_[Zp], over_tokens([](const Token& t) { return t.p * t.x_p; }));
    out.entropy_student =
        entropy(*student_, s_[qX], s_[Zq], over_tokens([](const Token& t) { return t.q * t.x_q; }));
  }

  void fill_target(RowStatistics& out) {
    out.top1_agree = row_.teacher.argmax == row_.student.argmax ? 1 : 0;
    if (row_.target < 0) return;
    for (std::size_t i = 0; i < row_.outlier_count; ++i) {
      if (row_.outliers[i].index != std::size_t(row_.target)) continue;
      const bool masked = std::isinf(row_.outliers[i].teacher);
      out.p_target = tokens_[i].p;
      out.q_target = tokens_[i].q;
      out.nll_target =
          masked ? std::numeric_limits<double>::infinity() : student_->log_z - tokens_[i].x_q / tau_;
    }
  }

  /// An upper bound of E|D| over all tokens, from the divergence (Pinsker) or over the rest from the largest
  /// |D|; and what D was larger by when it was summed.
  double mean_difference(double divergence, double log_ratio, const Side& side) const {
    const double pinsker = tau_ * (divergence + std::sqrt(2 * divergence) + std::abs(log_ratio));
    return std::min(pinsker, side.rest * largest_with_shift_) + side.rest * row_.frame_offset;
  }

  bool fill_divergences(RowStatistics& out) {
    const Side &p = *teacher_, &q = *student_;
    shift_ = q.gap - p.gap;  // from the rest's maxima to the row's
    largest_with_shift_ = largest_ + std::abs(shift_);
    const double log_ratio = p.log_z - q.log_z;
    const double mean_p = (s_[pD] + shift_ * s_[Zp]) * p.weight +
                          over_tokens([](const Token& t) { return t.p * t.difference; });
    mean_q_ = (s_[qD] + shift_ * s_[Zq]) * q.weight +
              over_tokens([](const Token& t) { return t.q * t.difference; });
    out.fkl = mean_p / tau_ - log_ratio;
    out.rkl = log_ratio - mean_q_ / tau_;
    out.cross_entropy = out.fkl + out.entropy_teacher;

    const double rounding = double_rounding * (1 + largest_with_shift_ / tau_);
    const double spread_p = p.error * (p.rest * std::abs(mean_p) + mean_difference(out.fkl, log_ratio, p));
    const double spread_q = q.error * (q.rest * std::abs(mean_q_) + mean_difference(out.rkl, log_ratio, q));
    mean_q_error_ = spread_q + rounding * tau_;
    const double normalisers = p.error * p.rest + q.error * q.rest + rounding;
    return spread_p / tau_ + normalisers <= tolerance * out.fkl &&
           spread_q / tau_ + normalisers <= tolerance * out.rkl;
  }

  bool fill_gradients(double factor, RowStatistics& out) {
    const Side &p = *teacher_, &q = *student_;
    const double mu = mean_q_, wq = q.weight, wp = p.weight;
    // Second moments over the rest, D relative to the rows' maxima.
    const double P2 = s_[pp] * square(wp), Q2 = s_[qq] * square(wq), PQ = s_[pq] * wp * wq;
    const double Q2D = (s_[qqD] + shift_ * s_[qq]) * square(wq);
    const double Q2DD = (s_[qqDD] + 2 * shift_ * s_[qqD] + square(shift_) * s_[qq]) * square(wq);
    const double PQD = (s_[pqD] + shift_ * s_[pq]) * wp * wq;

    const double forward = over_tokens([](const Token& t) { return square(t.u); }) + (Q2 - 2 * PQ + P2);
    const double reverse = over_tokens([&](const Token& t) { return square(t.q * (t.difference - mu)); }) +
                           (Q2DD - 2 * mu * Q2D + square(mu) * Q2);
    const double inner = over_tokens([&](const Token& t) { return t.u * t.q * (t.difference - mu); }) +
                         ((Q2D - mu * Q2) - (PQD - mu * PQ));

    // Errors of the three: of the sums over the rest (absolute values by Cauchy-Schwarz), of the normalisers
    // as they move the outliers, of mu.
    const double two = 2 * std::max(p.error_two, q.error_two);
    const double reach =
        (std::sqrt(s_[qqDD]) + std::abs(shift_) * std::sqrt(s_[qq])) * wq + std::abs(mu) * std::sqrt(Q2);
    const double q_norm = std::sqrt(Q2 + over_tokens([](const Token& t) { return square(t.q); }));
    const auto u_error = [&](const Token& t) {
      return t.q * q.rest * q.error + t.p * p.rest * p.error + double_rounding * (t.q + t.p);
    };
    const double forward_error = two * (Q2 + 2 * PQ + P2) +
                                 2 * over_tokens([&](const Token& t) { return std::abs(t.u) * u_error(t); });
    const double reverse_error =
        two * square(reach) + 2 * std::sqrt(std::max(0.0, reverse)) * q_norm * mean_q_error_ +
        over_tokens([&](const Token& t) { return 2 * q.rest * q.error * square(t.q * (t.difference - mu)); });
    const double inner_error = two * (std::sqrt(Q2) + std::sqrt(P2)) * reach +
                               std::sqrt(std::max(0.0, forward)) * q_norm * mean_q_error_ +
                               over_tokens([&](const Token& t) {
                                 const double r = std::abs(t.q * (t.difference - mu));
                                 return r * (u_error(t) + std::abs(t.u) * q.rest * q.error);
                               });
    if (!(forward_error <= 2 * tolerance * forward && reverse_error <= 2 * tolerance * reverse)) return false;
    const double scale = std::sqrt(forward) * std::sqrt(reverse);
    if (!(inner_error <= tolerance * scale)) return false;

    out.fkl_grad_l2 = factor * std::sqrt(forward);
    out.rkl_grad_l2 = factor / tau_ * std::sqrt(reverse);
    if (out.fkl_grad_l2 >= smallest_norm && out.rkl_grad_l2 >= smallest_norm) {
      out.grad_cosine = std::clamp(-inner / scale, -1.0, 1.0);
      out.grad_l2_ratio = out.fkl_grad_l2 / out.rkl_grad_l2;
    }
    return true;
  }

  const Row& row_;
  const std::array<double, sum_count>& s_;
  const double tau_;
  const SumErrors errors_;
  double largest_, largest_with_shift_ = 0, shift_ = 0, mean_q_ = 0, mean_q_error_ = 0;
  std::array<Token, 3> tokens_{};
  std::optional<Side> teacher_, student_;
};

}  // namespace

SumAccuracy cpu_accuracy() {
  // Without fused multiply-adds the exponent's reduction rounds.
  static const double unfused = target_is_fused() ? 1.0 : 8.0;
  return {5e-7, 1e-7 * unfused, 1e-9 * unfused};
}

bool finish_row(const Row& row, const Rung& rung, const RestSums& rest, TauScaling scaling,
                RowStatistics& out, const SumAccuracy& accuracy) {
  out = RowStatistics{};
  return Finisher(row, rung, rest, accuracy).run(gradient_factor(scaling, rung.tau), out);
}

}  // namespace tauscope::fast
