// From sums to columns: what the exact variant makes of a row at one tau.
#include <algorithm>
#include <cmath>

#include "kernels/exact_math.h"
#include "kernels/exact_row.h"
#include "kernels/validate.h"

namespace tauscope::exact {

void ExactRow::fill_first(const Cell& cell, RowStatistics& out) const {
  FirstSums sums = cell.sums;
  for (std::size_t i = 0; i < special_count_; ++i) {
    const SpecialTerms& k = cell.special[i];
    sums.t_a += k.e_t * k.a;
    sums.s_b += k.e_s * k.b;
    sums.t_b += k.e_t * k.b;
  }
  // -log p = log Z - a, and both parts are >= 0.
  out.entropy_teacher = cell.log_z_t - sums.t_a * cell.norm.p_scale;
  out.entropy_student = cell.log_z_s - sums.s_b * cell.norm.q_scale;
  const bool infinite = masks_.student_lost || masks_.target_student_lost;
  out.cross_entropy = infinite ? infinity : cell.log_z_s - sums.t_b * cell.norm.p_scale;
}

void ExactRow::fill_second(const Totals& totals, double factor, RowStatistics& out) const {
  const SecondSums& s = totals.all;
  const bool fkl_infinite = masks_.student_lost || masks_.target_student_lost;
  const bool rkl_infinite = masks_.teacher_lost || masks_.target_teacher_lost;
  out.fkl = fkl_infinite ? infinity : s.fkl;
  out.rkl = rkl_infinite ? infinity : s.rkl;
  const double u_norm = factor * std::sqrt(s.u_l2), v_norm = rkl_infinite ? none : factor * std::sqrt(s.v_l2);
  out.fkl_grad_l2 = u_norm;
  out.rkl_grad_l2 = v_norm;
  out.grad_cosine = cosine(factor * factor * s.uv, u_norm, v_norm);
  out.grad_l2_ratio = ratio_of_norms(u_norm, v_norm);
  if (plan_.parts.mixture) out.jsd = s.jsd;
  if (plan_.parts.norms) {
    out.tvd = s.u_l1 / 2;
    out.fkl_grad_l1 = factor * s.u_l1;
    out.fkl_grad_linf = factor * s.u_max;
    if (!rkl_infinite) out.rkl_grad_l1 = factor * s.v_l1;
    if (!rkl_infinite) out.rkl_grad_linf = factor * s.v_max;
  }
  if (plan_.parts.logs) {
    out.fkl_effective_tokens = effective_tokens(s.u_l1, s.u_log, factor);
    if (!rkl_infinite) out.rkl_effective_tokens = effective_tokens(s.v_l1, s.v_log, factor);
  }
  if (plan_.dominant) fill_shares(totals, out);
  if (plan_.first_tau) fill_against_first(totals, factor, out);
}

void ExactRow::fill_masses(const Cell& cell, RowStatistics& out) const {
  double mass_t = cell.sums.outside_t, mass_s = cell.sums.outside_s;
  for (std::size_t i = 0; i < special_count_; ++i) {
    if (specials_[i].dominant) continue;
    mass_t += cell.special[i].e_t;
    mass_s += cell.special[i].e_s;
  }
  out.teacher_nd_mass = mass_t * cell.norm.p_scale;
  out.student_nd_mass = mass_s * cell.norm.q_scale;
}

void ExactRow::fill_shares(const Totals& totals, RowStatistics& out) const {
  const SecondSums& all = totals.all;
  const OutsideSums& nd = all.outside;
  if (std::isfinite(out.fkl)) out.fkl_nd_share = share(nd.fkl, all.fkl, all.fkl);
  if (plan_.parts.norms) out.fkl_nd_share_l1 = share(nd.u_l1, all.u_l1, out.fkl_grad_l1);
  out.fkl_nd_share_l2 = share(nd.u_l2, all.u_l2, out.fkl_grad_l2);
  if (!std::isfinite(out.rkl)) return;
  out.rkl_nd_share = share(nd.rkl, all.rkl, all.rkl);
  if (plan_.parts.norms) out.rkl_nd_share_l1 = share(nd.v_l1, all.v_l1, out.rkl_grad_l1);
  out.rkl_nd_share_l2 = share(nd.v_l2, all.v_l2, out.rkl_grad_l2);
}

void ExactRow::fill_against_first(const Totals& totals, double factor, RowStatistics& out) const {
  const double first_u = std::sqrt(first_.totals.all.u_l2), first_v = std::sqrt(first_.totals.all.v_l2);
  out.fkl_grad_cos_tau1 = cosine(factor * totals.all.u_first, out.fkl_grad_l2, first_u);
  out.fkl_grad_ratio_tau1 = ratio_of_norms(out.fkl_grad_l2, first_u);
  out.rkl_grad_cos_tau1 = cosine(factor * totals.all.v_first, out.rkl_grad_l2, first_v);
  out.rkl_grad_ratio_tau1 = ratio_of_norms(out.rkl_grad_l2, first_v);
}

void ExactRow::fill_target(const Cell& cell, RowStatistics& out) const {
  const SpecialTerms& y = cell.special[0];
  out.p_target = y.p;
  out.q_target = y.q;
  out.nll_target = specials_[0].has_s ? cell.log_z_s - y.b : infinity;
}

void ExactRow::fill_target_shares(const Cell& cell, const Totals& totals, RowStatistics& out) const {
  const SpecialTerms& y = cell.special[0];
  const SecondSums& all = totals.all;
  if (plan_.parts.norms) out.fkl_target_share_l1 = share(std::abs(y.u), all.u_l1, out.fkl_grad_l1);
  out.fkl_target_share_l2 = share(y.u * y.u, all.u_l2, out.fkl_grad_l2);
  if (!std::isfinite(out.rkl)) return;
  if (plan_.parts.norms) out.rkl_target_share_l1 = share(std::abs(y.v), all.v_l1, out.rkl_grad_l1);
  out.rkl_target_share_l2 = share(y.v * y.v, all.v_l2, out.rkl_grad_l2);
}

Decoupled decouple(const Cell& cell, const Totals& totals, const SpecialTerms& y) {
  Decoupled d;
  d.log_rest = y.u > 0 ? -std::log1p(y.u / cell.rest_q) : std::log1p(-y.u / cell.rest_p);
  d.nckd = totals.fkl_without_y / cell.rest_p - expm1_minus(d.log_rest);
  d.rkl_nckd = totals.rkl_without_y / cell.rest_q - expm1_minus(-d.log_rest);
  const auto left = [](double difference, double taken) {
    return taken > 0 ? difference / taken : difference > 0 ? infinity : 0.0;
  };
  d.least_share = std::min(left(d.nckd, expm1_minus(d.log_rest)), left(d.rkl_nckd, expm1_minus(-d.log_rest)));
  return d;
}

// Where the two parts of nckd nearly cancel (only the target differs), or where 1 - p_y underflows, the row
// is taken again with the target masked, so that the remaining tokens are scaled by their own largest.
void ExactRow::fill_decoupled(const Evaluated& now, double tau, RowStatistics& out) {
  constexpr double smallest_rest = 1e-280, least_share = 1e-3;
  if (now.cell.lanes == Lanes::single && !decoupled_holds(now)) {
    ++cells_in_double_;
    fill_decoupled(evaluate(tau, Lanes::twice, {}), tau, out);
    return;
  }
  const Cell& cell = now.cell;
  const SpecialTerms& y = cell.special[0];
  Decoupled d = decouple(cell, now.totals, y);
  const bool tiny = std::min(cell.rest_p, cell.rest_q) < smallest_rest;
  if (others_exist() && (tiny || !(d.least_share > least_share))) {
    ExactRow& rest = without_target();
    const Evaluated others = rest.evaluate(tau, {});
    d.nckd = others.totals.all.fkl;
    d.rkl_nckd = others.totals.all.rkl;
    if (tiny) {
      const double shift_t = (others.cell.shifts.max_t - cell.shifts.max_t) / tau;
      const double shift_s = (others.cell.shifts.max_s - cell.shifts.max_s) / tau;
      d.log_rest =
          (others.cell.log_z_s + shift_s - cell.log_z_s) - (others.cell.log_z_t + shift_t - cell.log_z_t);
    }
  }
  if (others_exist()) {
    out.nckd = masks_.student_lost ? infinity : d.nckd;
    out.rkl_nckd = masks_.teacher_lost ? infinity : d.rkl_nckd;
  }
  const auto two_point = [](double y_term, double from, double to, double log_ratio) {
    return y_term + (from > 0 ? divergence_term(from, to, log_ratio) : to);
  };
  out.tckd = masks_.target_student_lost ? infinity : two_point(y.fkl, cell.rest_p, cell.rest_q, d.log_rest);
  out.rkl_tckd =
      masks_.target_teacher_lost ? infinity : two_point(y.rkl, cell.rest_q, cell.rest_p, -d.log_rest);
}

RowStatistics ExactRow::at(double tau) {
  RowStatistics out = order_;
  if (!plan_.first) return out;
  const double factor = gradient_factor(plan_.tau_scaling, tau);
  const bool known = tau == 1 && plan_.first_tau;
  const Evaluated now = known ? first_ : evaluate(tau, parts_at_other_taus());
  fill_first(now.first, out);
  if (plan_.dominant) fill_masses(now.first, out);
  if (has_target()) fill_target(now.first, out);
  if (!plan_.second) return out;
  fill_second(now.totals, factor, out);
  if (!has_target()) return out;
  if (plan_.target_shares) fill_target_shares(now.cell, now.totals, out);
  if (plan_.decoupled) fill_decoupled(now, tau, out);
  return out;
}

}  // namespace tauscope::exact
