// The formulas are those of exact_row.cpp and exact_cell.cpp, over sums that came from the device.
#include "kernels/cuda_exact_finish.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/exact_math.h"
#include "kernels/validate.h"

namespace tauscope::cuda_host {
namespace {

using namespace exact;

struct Norm {
  double p_scale = 0, q_scale = 0, log_ratio = 0, mean_delta = 0;
};

/// A token outside the sums, at one tau.
struct Special {
  bool target = false, largest_t = false, largest_s = false, dominant = false, has_t = false, has_s = false;
  double x_t = 0, x_s = 0, delta = 0;  // relative to the largest logits
  double a = 0, b = 0, e_t = 0, e_s = 0, p = 0, q = 0, u = 0, v = 0, fkl = 0, rkl = 0, jsd = 0;
};

/// The specials of a row, settled at one tau.
class Specials {
 public:
  Specials(const tauscope_cuda_exact_row& row, std::int64_t target, double tau, const Norm& norm)
      : count_(static_cast<std::size_t>(row.special_count)) {
    const auto of_student = [&](int i) { return row.special_token[i] == row.argmax_student; };
    double centre = 0;
    for (int i = 0; i < row.special_count; ++i) {
      Special& s = special_[static_cast<std::size_t>(i)];
      const double t = row.special_teacher[i], z = row.special_student[i];
      s.target = row.special_token[i] == target;
      s.largest_t = row.special_token[i] == row.argmax_teacher;
      s.largest_s = of_student(i);
      s.dominant = row.special_dominant[i] != 0;
      s.has_t = t > -infinity;
      s.has_s = z > -infinity;
      if (s.has_t) s.x_t = t - row.max_teacher;
      if (s.has_s) s.x_s = z - row.max_student;
      if (s.has_t && s.has_s) s.delta = s.x_t - s.x_s;
      if (s.largest_s) centre = s.delta;
    }
    for (Special& s : all())
      settle(s, tau, norm, centre);
  }

  std::span<Special> all() { return {special_.data(), count_}; }
  std::span<const Special> all() const { return {special_.data(), count_}; }

  /// Sum of member over the specials for which `keep` holds.
  template <typename Term, typename Keep>
  double sum(Term term, Keep keep) const {
    double total = 0;
    for (const Special& s : all()) {
      if (keep(s)) total += term(s);
    }
    return total;
  }
  template <typename Term>
  double sum(Term term) const {
    return sum(term, [](const Special&) { return true; });
  }

 private:
  static void settle(Special& s, double tau, const Norm& norm, double centre) {
    s.a = s.x_t / tau;
    s.b = s.x_s / tau;
    s.e_t = s.has_t ? std::exp(s.a) : 0;
    s.e_s = s.has_s ? std::exp(s.b) : 0;
    s.p = s.e_t * norm.p_scale;
    s.q = s.e_s * norm.q_scale;
    s.u = s.q - s.p;
    s.fkl = s.q;  // the term where p = 0
    s.rkl = s.p;
    s.jsd = jensen_shannon_term(s.p, s.q, s.u);
    if (!s.has_t || !s.has_s) return;  // what is infinite then is settled by the masks
    const double t = norm.log_ratio - s.delta / tau;
    if (std::abs(t) < 0.5) s.u = s.p * std::expm1(t);
    s.jsd = jensen_shannon_term(s.p, s.q, s.u);
    s.fkl = divergence_term(s.p, s.q, t);
    s.rkl = divergence_term(s.q, s.p, -t);
    s.v = s.q * (norm.mean_delta - (s.delta - centre)) / tau;
  }

  std::array<Special, 3> special_{};
  std::size_t count_;
};

class Finisher {
 public:
  Finisher(const ExactCell& cell, const StatisticsSpec& spec, std::int64_t target, double tau)
      : row_(*cell.row),
        sums_(*cell.sums),
        spec_(spec),
        tau_(tau),
        factor_(gradient_factor(spec.tau_scaling, tau)),
        specials_(row_, target, tau, {sums_.p_scale, sums_.q_scale, sums_.log_ratio, sums_.mean_delta}) {
    const auto e_t = [](const Special& s) { return s.e_t; };
    const auto e_s = [](const Special& s) { return s.e_s; };
    log_z_t_ = std::log1p(sums_.z_t + specials_.sum(e_t, [](const Special& s) { return !s.largest_t; }));
    log_z_s_ = std::log1p(sums_.z_s + specials_.sum(e_s, [](const Special& s) { return !s.largest_s; }));
    const auto other = [](const Special& s) { return !s.target; };
    rest_p_ = (sums_.z_t + specials_.sum(e_t, other)) * sums_.p_scale;
    rest_q_ = (sums_.z_s + specials_.sum(e_s, other)) * sums_.q_scale;
    for (const Special& s : specials_.all()) {
      if (s.target) target_ = &s;
    }
    target_student_lost_ = target_ && target_->has_t && !target_->has_s;
    target_teacher_lost_ = target_ && target_->has_s && !target_->has_t;
    fkl_infinite_ = row_.student_lost != 0 || target_student_lost_;
    rkl_infinite_ = row_.teacher_lost != 0 || target_teacher_lost_;
  }

  /// FKL and RKL, finite or not, without what masks make of them.
  double fkl_sum() const {
    return sums_.fkl + specials_.sum([](const Special& s) { return s.fkl; });
  }
  double rkl_sum() const {
    return sums_.rkl + specials_.sum([](const Special& s) { return s.rkl; });
  }
  double log_z_t() const { return log_z_t_; }
  double log_z_s() const { return log_z_s_; }

  RowStatistics run(const ExactCell* rest) {
    RowStatistics out;
    fill_entropies(out);
    fill_core(out);
    if (target_) {
      out.p_target = target_->p;
      out.q_target = target_->q;
      out.nll_target = target_->has_s ? log_z_s_ - target_->b : infinity;
    }
    if (spec_.set != StatisticsSet::all) return out;
    fill_norms(out);
    fill_shares(out);
    fill_against_first(out);
    fill_order(out);
    if (target_) fill_target(out, rest);
    return out;
  }

  bool wants_rest() const {
    return target_ && spec_.set == StatisticsSet::all && others_exist() && (rest_is_tiny() || rest_cancels());
  }

 private:
  void fill_entropies(RowStatistics& out) const {
    const double t_a = sums_.t_a + specials_.sum([](const Special& s) { return s.e_t * s.a; });
    const double s_b = sums_.s_b + specials_.sum([](const Special& s) { return s.e_s * s.b; });
    const double t_b = sums_.t_b + specials_.sum([](const Special& s) { return s.e_t * s.b; });
    // -log p = log Z - a, and both parts are >= 0.
    out.entropy_teacher = log_z_t_ - t_a * sums_.p_scale;
    out.entropy_student = log_z_s_ - s_b * sums_.q_scale;
    out.cross_entropy = fkl_infinite_ ? infinity : log_z_s_ - t_b * sums_.p_scale;
  }

  void fill_core(RowStatistics& out) {
    out.top1_agree = row_.argmax_teacher == row_.argmax_student ? 1 : 0;
    out.fkl = fkl_infinite_ ? infinity : fkl_sum();
    out.rkl = rkl_infinite_ ? infinity : rkl_sum();
    u_l2_ = sums_.u_l2 + specials_.sum([](const Special& s) { return s.u * s.u; });
    v_l2_ = sums_.v_l2 + specials_.sum([](const Special& s) { return s.v * s.v; });
    const double uv = sums_.uv + specials_.sum([](const Special& s) { return s.u * s.v; });
    out.fkl_grad_l2 = factor_ * std::sqrt(u_l2_);
    out.rkl_grad_l2 = rkl_infinite_ ? none : factor_ * std::sqrt(v_l2_);
    out.grad_cosine = cosine(factor_ * factor_ * uv, out.fkl_grad_l2, out.rkl_grad_l2);
    out.grad_l2_ratio = ratio_of_norms(out.fkl_grad_l2, out.rkl_grad_l2);
  }

  void fill_norms(RowStatistics& out) {
    out.jsd = sums_.jsd + specials_.sum([](const Special& s) { return s.jsd; });
    u_l1_ = sums_.u_l1 + specials_.sum([](const Special& s) { return std::abs(s.u); });
    v_l1_ = sums_.v_l1 + specials_.sum([](const Special& s) { return std::abs(s.v); });
    const double u_log = sums_.u_log + specials_.sum([](const Special& s) { return x_log_x(std::abs(s.u)); });
    const double v_log = sums_.v_log + specials_.sum([](const Special& s) { return x_log_x(std::abs(s.v)); });
    double u_max = sums_.u_max, v_max = sums_.v_max;
    for (const Special& s : specials_.all()) {
      u_max = std::max(u_max, std::abs(s.u));
      v_max = std::max(v_max, std::abs(s.v));
    }
    out.tvd = u_l1_ / 2;
    out.fkl_grad_l1 = factor_ * u_l1_;
    out.fkl_grad_linf = factor_ * u_max;
    out.fkl_effective_tokens = effective_tokens(u_l1_, u_log, factor_);
    if (rkl_infinite_) return;
    out.rkl_grad_l1 = factor_ * v_l1_;
    out.rkl_grad_linf = factor_ * v_max;
    out.rkl_effective_tokens = effective_tokens(v_l1_, v_log, factor_);
  }

  void fill_shares(RowStatistics& out) const {
    const auto nd = [&](double bulk, auto term) {
      return bulk + specials_.sum(term, [](const Special& s) { return !s.dominant; });
    };
    out.teacher_nd_mass = nd(sums_.outside_z_t, [](const Special& s) { return s.e_t; }) * sums_.p_scale;
    out.student_nd_mass = nd(sums_.outside_z_s, [](const Special& s) { return s.e_s; }) * sums_.q_scale;
    if (std::isfinite(out.fkl))
      out.fkl_nd_share =
          share(nd(sums_.outside_fkl, [](const Special& s) { return s.fkl; }), out.fkl, out.fkl);
    out.fkl_nd_share_l1 =
        share(nd(sums_.outside_u_l1, [](const Special& s) { return std::abs(s.u); }), u_l1_, out.fkl_grad_l1);
    out.fkl_nd_share_l2 =
        share(nd(sums_.outside_u_l2, [](const Special& s) { return s.u * s.u; }), u_l2_, out.fkl_grad_l2);
    if (!std::isfinite(out.rkl)) return;
    out.rkl_nd_share = share(nd(sums_.outside_rkl, [](const Special& s) { return s.rkl; }), out.rkl, out.rkl);
    out.rkl_nd_share_l1 =
        share(nd(sums_.outside_v_l1, [](const Special& s) { return std::abs(s.v); }), v_l1_, out.rkl_grad_l1);
    out.rkl_nd_share_l2 =
        share(nd(sums_.outside_v_l2, [](const Special& s) { return s.v * s.v; }), v_l2_, out.rkl_grad_l2);
  }

  void fill_against_first(RowStatistics& out) const {
    const Norm norm{row_.first_p_scale, row_.first_q_scale, row_.first_log_ratio, row_.first_mean};
    const std::int64_t target = target_ ? row_.special_token[0] : -1;
    const Specials at_first(row_, target, 1, norm);
    double u_first = sums_.u_first, v_first = sums_.v_first, u_l2 = sums_.first_u_l2, v_l2 = sums_.first_v_l2;
    for (std::size_t i = 0; i < specials_.all().size(); ++i) {
      const Special &here = specials_.all()[i], &there = at_first.all()[i];
      u_first += here.u * there.u;
      v_first += here.v * there.v;
      u_l2 += there.u * there.u;
      v_l2 += there.v * there.v;
    }
    const double first_u = std::sqrt(u_l2), first_v = std::sqrt(v_l2);
    out.fkl_grad_cos_tau1 = cosine(factor_ * u_first, out.fkl_grad_l2, first_u);
    out.fkl_grad_ratio_tau1 = ratio_of_norms(out.fkl_grad_l2, first_u);
    out.rkl_grad_cos_tau1 = cosine(factor_ * v_first, out.rkl_grad_l2, first_v);
    out.rkl_grad_ratio_tau1 = ratio_of_norms(out.rkl_grad_l2, first_v);
  }

  void fill_order(RowStatistics& out) const {
    out.top_k_overlap = row_.overlap;
    if (!target_) return;
    out.rank_target_teacher = row_.rank_teacher;
    out.rank_target_student = row_.rank_student;
  }

  void fill_target(RowStatistics& out, const ExactCell* rest) const {
    const Special& y = *target_;
    out.fkl_target_share_l1 = share(std::abs(y.u), u_l1_, out.fkl_grad_l1);
    out.fkl_target_share_l2 = share(y.u * y.u, u_l2_, out.fkl_grad_l2);
    if (std::isfinite(out.rkl)) {
      out.rkl_target_share_l1 = share(std::abs(y.v), v_l1_, out.rkl_grad_l1);
      out.rkl_target_share_l2 = share(y.v * y.v, v_l2_, out.rkl_grad_l2);
    }
    fill_decoupled(out, rest);
  }

  // With r = log((1 - q_y)/(1 - p_y)) the divergence between the rows without y is
  //   nckd = (sum of the other tokens' FKL terms)/(1 - p_y) - (e^r - 1 - r),
  // both parts >= 0. Where they nearly cancel, or where 1 - p_y underflows, it comes from `rest`.
  double log_rest() const {
    const double u = target_->u;
    return u > 0 ? -std::log1p(u / rest_q_) : std::log1p(-u / rest_p_);
  }
  double nckd() const {
    const auto others = [](const Special& s) { return !s.target; };
    const double fkl = sums_.fkl + specials_.sum([](const Special& s) { return s.fkl; }, others);
    return fkl / rest_p_ - expm1_minus(log_rest());
  }
  double rkl_nckd() const {
    const auto others = [](const Special& s) { return !s.target; };
    const double rkl = sums_.rkl + specials_.sum([](const Special& s) { return s.rkl; }, others);
    return rkl / rest_q_ - expm1_minus(-log_rest());
  }
  bool others_exist() const { return row_.others_teacher > 0 && row_.others_student > 0; }
  bool rest_is_tiny() const { return std::min(rest_p_, rest_q_) < 1e-280; }
  bool rest_cancels() const {
    constexpr double least_part = 1e-3;
    return !(nckd() > least_part * expm1_minus(log_rest()) &&
             rkl_nckd() > least_part * expm1_minus(-log_rest()));
  }

  void fill_decoupled(RowStatistics& out, const ExactCell* rest) const {
    double log_ratio = log_rest(), fkl = nckd(), rkl = rkl_nckd();
    if (rest != nullptr) {
      const Finisher others(*rest, spec_, -1, tau_);
      fkl = others.fkl_sum();
      rkl = others.rkl_sum();
      if (rest_is_tiny()) {
        const double shift_t = (rest->row->max_teacher - row_.max_teacher) / tau_;
        const double shift_s = (rest->row->max_student - row_.max_student) / tau_;
        log_ratio = (others.log_z_s() + shift_s - log_z_s_) - (others.log_z_t() + shift_t - log_z_t_);
      }
    }
    if (others_exist()) {
      out.nckd = row_.student_lost != 0 ? infinity : fkl;
      out.rkl_nckd = row_.teacher_lost != 0 ? infinity : rkl;
    }
    const auto two_point = [](double y_term, double from, double to, double ratio) {
      return y_term + (from > 0 ? divergence_term(from, to, ratio) : to);
    };
    out.tckd = target_student_lost_ ? infinity : two_point(target_->fkl, rest_p_, rest_q_, log_ratio);
    out.rkl_tckd = target_teacher_lost_ ? infinity : two_point(target_->rkl, rest_q_, rest_p_, -log_ratio);
  }

  const tauscope_cuda_exact_row& row_;
  const tauscope_cuda_exact_sums& sums_;
  const StatisticsSpec& spec_;
  const double tau_, factor_;
  Specials specials_;
  const Special* target_ = nullptr;
  double log_z_t_ = 0, log_z_s_ = 0, rest_p_ = 1, rest_q_ = 1;
  double u_l1_ = 0, v_l1_ = 0, u_l2_ = 0, v_l2_ = 0;
  bool target_student_lost_ = false, target_teacher_lost_ = false, fkl_infinite_ = false,
       rkl_infinite_ = false;
};

}  // namespace

bool wants_rest(const ExactCell& cell, const StatisticsSpec& spec, std::int64_t target, double tau) {
  return cell.row->valid != 0 && Finisher(cell, spec, target, tau).wants_rest();
}

RowStatistics finish_exact(const ExactCell& cell, const StatisticsSpec& spec, std::int64_t target, double tau,
                           const ExactCell* rest) {
  if (cell.row->valid == 0) return {};
  return Finisher(cell, spec, target, tau).run(rest);
}

}  // namespace tauscope::cuda_host
