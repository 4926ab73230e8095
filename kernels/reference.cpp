// The reference variant: every column by its definition (statistics.h), in long double, one plain loop each.
// It is the oracle of the other variants, so it is written to be checked by eye;
// tests/kernels/test_reference.cpp checks it by means that share nothing with it. Rewritings that keep small
// values precise and change nothing else:
//  - sum p log(p/q) is taken as sum [p log(p/q) - p + q]: the added part sums to 0 and makes every term >= 0;
//  - q - p is p expm1(log q - log p) where that is small, log p of the largest token is -log1p(sum of the
//  others), and
//    the difference of two log-sum-exps is log1p of the summed differences.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/load_row.h"
#include "kernels/reference_terms.h"
#include "kernels/threads.h"
#include "kernels/validate.h"
#include "kernels/variants.h"

namespace tauscope::reference {
namespace {

// A mass this close to the nucleus' counts as reached, so that ties at the edge (a flat row: 9 of 10 tokens
// at m = 0.9) do not hang on the last bit of a sum.
constexpr Real nucleus_slack = 1e-12L;

double share(Real part, Real norm, Real whole) {
  return norm >= smallest_norm && std::isfinite(whole) ? static_cast<double>(part / whole)
                                                       : RowStatistics::none;
}

double cosine(const Vector& a, const Vector& b) {
  const Real na = norm2(a), nb = norm2(b);
  if (!(na >= smallest_norm && nb >= smallest_norm)) return RowStatistics::none;
  return static_cast<double>(std::clamp<Real>(dot(a, b) / na / nb, -1, 1));
}

double ratio(const Vector& a, const Vector& b) {
  const Real na = norm2(a), nb = norm2(b);
  return na >= smallest_norm && nb >= smallest_norm ? static_cast<double>(na / nb) : RowStatistics::none;
}

/// exp of the entropy of |g| / sum |g|.
double effective_tokens(const Vector& g) {
  const Real total = norm1(g);
  if (!(total >= smallest_norm)) return RowStatistics::none;
  Real entropy = 0;
  for (const Real x : g) {
    const Real w = std::abs(x) / total;
    if (w > 0) entropy -= w * std::log(w);
  }
  return static_cast<double>(std::exp(entropy));
}

/// Sum of f(j) over the tokens where `keep` is set.
template <typename F>
Real sum_where(const std::vector<bool>& keep, F f) {
  Real sum = 0;
  for (std::size_t j = 0; j < keep.size(); ++j) {
    if (keep[j]) sum += f(j);
  }
  return sum;
}

/// Token ids by (logit descending, id ascending).
std::vector<std::size_t> ranking(std::span<const float> z) {
  std::vector<std::size_t> order(z.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return z[a] > z[b]; });
  return order;
}

/// Which tokens are outside the dominant set, chosen from the teacher at tau = 1.
std::vector<bool> outside_dominant(std::span<const float> teacher, const std::vector<std::size_t>& order,
                                   const DominantSpec& spec) {
  const Softmax p = softmax(teacher, 1);
  std::vector<bool> outside(teacher.size(), true);
  Real mass = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t j = order[i];
    bool take = false;
    switch (spec.kind) {
      case DominantSpec::Kind::nucleus:
        take = spec.value >= 1 ? finite(teacher[j]) : mass < spec.value * (1 - nucleus_slack);
        break;
      case DominantSpec::Kind::top_k:
        take = static_cast<double>(i) < spec.value;
        break;
      case DominantSpec::Kind::threshold:
        take = p.prob[j] >= spec.value * (1 - nucleus_slack);
        break;
    }
    if (!take) break;
    outside[j] = false;
    mass += p.prob[j];
  }
  return outside;
}

/// One row, prepared once, and the statistics at any tau.
class ReferenceRow {
 public:
  ReferenceRow(std::span<const float> teacher, std::span<const float> student, std::int64_t target,
               const StatisticsSpec& spec)
      : teacher_(teacher),
        student_(student),
        target_(target),
        spec_(spec),
        teacher_order_(ranking(teacher)),
        student_order_(ranking(student)),
        outside_(outside_dominant(teacher, teacher_order_, spec.dominant)),
        at_tau1_(gradients(make_pair(teacher, student, 1), 1)) {}

  RowStatistics at(double tau) const {
    RowStatistics out;
    const Pair c = make_pair(teacher_, student_, tau);
    const Gradients g = gradients(c, gradient_factor(spec_.tau_scaling, tau));
    fill_divergences(c, out);
    fill_order(out);
    fill_norms(g, out);
    fill_dominant(c, g, out);
    if (target_ >= 0) fill_target(c, g, tau, out);
    return out;
  }

 private:
  static void fill_divergences(const Pair& c, RowStatistics& out) {
    out.fkl = static_cast<double>(c.fkl_sum);
    out.rkl = static_cast<double>(c.rkl_sum);
    out.jsd = static_cast<double>(jensen_shannon(c));
    out.tvd = static_cast<double>(norm1(c.u) / 2);
    out.entropy_teacher = static_cast<double>(entropy(c.p));
    out.entropy_student = static_cast<double>(entropy(c.q));
    out.cross_entropy = static_cast<double>(cross_entropy(c));
  }

  void fill_order(RowStatistics& out) const {
    out.top1_agree = teacher_order_[0] == student_order_[0] ? 1 : 0;
    const std::size_t k = std::min<std::size_t>(static_cast<std::size_t>(spec_.overlap_k), teacher_.size());
    const auto begin = student_order_.begin(), end = begin + static_cast<std::ptrdiff_t>(k);
    std::size_t common = 0;
    for (std::size_t i = 0; i < k; ++i)
      common += std::find(begin, end, teacher_order_[i]) != end ? 1 : 0;
    out.top_k_overlap = static_cast<double>(common) / static_cast<double>(k);
  }

  void fill_norms(const Gradients& g, RowStatistics& out) const {
    out.fkl_grad_l1 = static_cast<double>(norm1(g.fkl));
    out.fkl_grad_l2 = static_cast<double>(norm2(g.fkl));
    out.fkl_grad_linf = static_cast<double>(norm_inf(g.fkl));
    out.rkl_grad_l1 = static_cast<double>(norm1(g.rkl));
    out.rkl_grad_l2 = static_cast<double>(norm2(g.rkl));
    out.rkl_grad_linf = static_cast<double>(norm_inf(g.rkl));
    out.grad_cosine = cosine(g.fkl, g.rkl);
    out.grad_l2_ratio = ratio(g.fkl, g.rkl);
    out.fkl_grad_cos_tau1 = cosine(g.fkl, at_tau1_.fkl);
    out.fkl_grad_ratio_tau1 = ratio(g.fkl, at_tau1_.fkl);
    out.rkl_grad_cos_tau1 = cosine(g.rkl, at_tau1_.rkl);
    out.rkl_grad_ratio_tau1 = ratio(g.rkl, at_tau1_.rkl);
    out.fkl_effective_tokens = effective_tokens(g.fkl);
    out.rkl_effective_tokens = effective_tokens(g.rkl);
  }

  void fill_dominant(const Pair& c, const Gradients& g, RowStatistics& out) const {
    const auto sum = [&](const Vector& v) {
      return sum_where(outside_, [&](std::size_t j) { return v[j]; });
    };
    const auto l1 = [&](const Vector& v) {
      return sum_where(outside_, [&](std::size_t j) { return std::abs(v[j]); });
    };
    const auto l2 = [&](const Vector& v) {
      return sum_where(outside_, [&](std::size_t j) { return v[j] * v[j]; });
    };
    out.teacher_nd_mass = static_cast<double>(sum(c.p.prob));
    out.student_nd_mass = static_cast<double>(sum(c.q.prob));
    out.fkl_nd_share = share(sum(c.fkl), c.fkl_sum, c.fkl_sum);
    out.rkl_nd_share = share(sum(c.rkl), c.rkl_sum, c.rkl_sum);
    out.fkl_nd_share_l1 = share(l1(g.fkl), norm1(g.fkl), norm1(g.fkl));
    out.rkl_nd_share_l1 = share(l1(g.rkl), norm1(g.rkl), norm1(g.rkl));
    out.fkl_nd_share_l2 = share(l2(g.fkl), norm2(g.fkl), dot(g.fkl, g.fkl));
    out.rkl_nd_share_l2 = share(l2(g.rkl), norm2(g.rkl), dot(g.rkl, g.rkl));
  }

  void fill_target(const Pair& c, const Gradients& g, Real tau, RowStatistics& out) const {
    const std::size_t y = static_cast<std::size_t>(target_);
    const auto rank = [&](const std::vector<std::size_t>& order) {
      return static_cast<double>(std::find(order.begin(), order.end(), y) - order.begin() + 1);
    };
    out.rank_target_teacher = rank(teacher_order_);
    out.rank_target_student = rank(student_order_);
    out.p_target = static_cast<double>(c.p.prob[y]);
    out.q_target = static_cast<double>(c.q.prob[y]);
    out.nll_target = static_cast<double>(-c.q.log_prob[y]);
    out.fkl_target_share_l1 = share(std::abs(g.fkl[y]), norm1(g.fkl), norm1(g.fkl));
    out.rkl_target_share_l1 = share(std::abs(g.rkl[y]), norm1(g.rkl), norm1(g.rkl));
    out.fkl_target_share_l2 = share(g.fkl[y] * g.fkl[y], norm2(g.fkl), dot(g.fkl, g.fkl));
    out.rkl_target_share_l2 = share(g.rkl[y] * g.rkl[y], norm2(g.rkl), dot(g.rkl, g.rkl));
    fill_decoupled(c, y, tau, out);
  }

  /// KL of the two-point distributions (y, not y), and KL of the distributions without y.
  void fill_decoupled(const Pair& c, std::size_t y, Real tau, RowStatistics& out) const {
    Real p_rest = 0, q_rest = 0;  // 1 - p_y and 1 - q_y, summed so that they stay precise as p_y -> 1
    for (std::size_t j = 0; j < teacher_.size(); ++j) {
      if (j == y) continue;
      p_rest += c.p.prob[j];
      q_rest += c.q.prob[j];
    }
    const Pair rest = make_pair(teacher_, student_, tau, target_);
    // The sums underflow where the others are thousands of nats below y; their logarithms do not.
    const Real log_ratio = p_rest > 0 && q_rest > 0
                               ? std::log(q_rest / p_rest)
                               : (rest.q.log_total - c.q.log_total) - (rest.p.log_total - c.p.log_total);
    out.tckd = static_cast<double>(c.fkl[y] + rest_term(p_rest, q_rest, log_ratio));
    out.rkl_tckd = static_cast<double>(c.rkl[y] + rest_term(q_rest, p_rest, -log_ratio));
    const bool exists = has_other(teacher_, y) && has_other(student_, y);
    out.nckd = exists ? static_cast<double>(rest.fkl_sum) : RowStatistics::none;
    out.rkl_nckd = exists ? static_cast<double>(rest.rkl_sum) : RowStatistics::none;
  }

  static Real rest_term(Real from, Real to, Real log_ratio) {
    return from > 0 ? divergence_term(from, to, log_ratio) : to;
  }

  static bool has_other(std::span<const float> z, std::size_t y) {
    for (std::size_t j = 0; j < z.size(); ++j) {
      if (j != y && finite(z[j])) return true;
    }
    return false;
  }

  std::span<const float> teacher_, student_;
  std::int64_t target_;
  const StatisticsSpec& spec_;
  std::vector<std::size_t> teacher_order_, student_order_;
  std::vector<bool> outside_;
  Gradients at_tau1_;
};

/// A row counts unless it holds a NaN or +inf, or nothing but -inf.
bool valid_row(std::span<const float> z) {
  bool any = false;
  for (const float x : z) {
    if (std::isnan(x) || x == std::numeric_limits<float>::infinity()) return false;
    any = any || finite(x);
  }
  return any;
}

class ReferenceVariant final : public KernelVariant {
 public:
  std::string name() const override { return "reference"; }
  std::string device() const override { return "cpu"; }
  std::string mode() const override { return "exact"; }
  std::string description() const override { return "every formula as written, in long double; slow"; }
  bool supported() const override { return true; }

  KernelReport statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                          std::span<RowStatistics> out, const KernelOptions& options) const override {
    validate_statistics(input, spec, out);
    const std::size_t K = spec.taus.size(), V = input.teacher.vocab;
    const auto body = [&](std::size_t r, int) {
      std::vector<float> teacher(V), student(V);
      load_row(input.teacher, r, teacher);
      load_row(input.student, r, student);
      const auto cells = out.subspan(r * K, K);
      std::fill(cells.begin(), cells.end(), RowStatistics{});
      if (!valid_row(teacher) || !valid_row(student)) return;
      const ReferenceRow row(teacher, student, input.targets.empty() ? -1 : input.targets[r], spec);
      for (std::size_t k = 0; k < K; ++k) {
        cells[k] = row.at(spec.taus[k]);
        if (spec.set == StatisticsSet::all) continue;
        for (const StatisticsColumn& column : statistics_columns()) {
          if (!column.one_pass) cells[k].*column.member = RowStatistics::none;
        }
      }
    };
    const std::size_t rows = input.teacher.rows;
    const bool finished = parallel_for(rows, resolve_threads(options.threads, rows), options.stop, body);
    return {name(), "scalar", 0, !finished};
  }
};

}  // namespace
}  // namespace tauscope::reference

namespace tauscope {

const KernelVariant* reference_variant() {
  static const reference::ReferenceVariant variant;
  return &variant;
}

}  // namespace tauscope
