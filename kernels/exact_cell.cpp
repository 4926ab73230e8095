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
  out.cross_entropy = fkl_infinite() ? infinity : cell.log_z_s - sums.t_b * cell.norm.p_scale;
}

void ExactRow::fill_forward(const SecondSums& s, double factor, RowStatistics& out) const {
  const double norm = factor * std::sqrt(s.u_l2);
  out.fkl_grad_l2 = norm;
  if (plan_.parts.norms) {
    out.tvd = s.u_l1 / 2;
    out.fkl_grad_l1 = factor * s.u_l1;
    out.fkl_grad_linf = factor * s.u_max;
  }
  if (plan_.parts.logs) out.fkl_effective_tokens = effective_tokens(s.u_l1, s.u_log, factor);
  if (plan_.dominant) {
    if (plan_.parts.norms) out.fkl_nd_share_l1 = share(s.outside.u_l1, s.u_l1, out.fkl_grad_l1);
    out.fkl_nd_share_l2 = share(s.outside.u_l2, s.u_l2, norm);
  }
  if (plan_.first_tau) {
    const double first = std::sqrt(first_.forward().totals.all.u_l2);
    out.fkl_grad_cos_tau1 = cosine(factor * s.u_first, norm, first);
    out.fkl_grad_ratio_tau1 = ratio_of_norms(norm, first);
  }
}

void ExactRow::fill_reverse(const Settled& now, double factor, RowStatistics& out) const {
  if (rkl_infinite()) return;
  const SecondSums& s = now.reverse().totals.all;
  const double norm = factor * std::sqrt(s.v_l2);
  out.rkl_grad_l2 = norm;
  if (plan_.parts.norms) {
    out.rkl_grad_l1 = factor * s.v_l1;
    out.rkl_grad_linf = factor * s.v_max;
  }
  if (plan_.parts.logs) out.rkl_effective_tokens = effective_tokens(s.v_l1, s.v_log, factor);
  if (plan_.dominant) {
    if (plan_.parts.norms) out.rkl_nd_share_l1 = share(s.outside.v_l1, s.v_l1, out.rkl_grad_l1);
    out.rkl_nd_share_l2 = share(s.outside.v_l2, s.v_l2, norm);
  }
  if (plan_.first_tau) {
    const double first = std::sqrt(first_.reverse().totals.all.v_l2);
    // A gradient at tau = 1 that is too large for float lanes would make their products infinite.
    const SecondSums& with = first_.reverse_holds ? s : now.twice.totals.all;
    out.rkl_grad_cos_tau1 = cosine(factor * with.v_first, factor * std::sqrt(with.v_l2), first);
    out.rkl_grad_ratio_tau1 = ratio_of_norms(norm, first);
  }
}

void ExactRow::fill_both(const SecondSums& s, double factor, RowStatistics& out) const {
  if (rkl_infinite()) return;
  const double u_norm = factor * std::sqrt(s.u_l2), v_norm = factor * std::sqrt(s.v_l2);
  out.grad_cosine = cosine(factor * factor * s.uv, u_norm, v_norm);
  out.grad_l2_ratio = ratio_of_norms(u_norm, v_norm);
}

void ExactRow::fill_divergences(const SecondSums& s, RowStatistics& out) const {
  if (plan_.parts.mixture) out.jsd = s.jsd;
  if (!plan_.parts.divergences) return;
  out.fkl = fkl_infinite() ? infinity : s.fkl;
  out.rkl = rkl_infinite() ? infinity : s.rkl;
  if (!plan_.dominant) return;
  if (std::isfinite(out.fkl)) out.fkl_nd_share = share(s.outside.fkl, s.fkl, s.fkl);
  if (std::isfinite(out.rkl)) out.rkl_nd_share = share(s.outside.rkl, s.rkl, s.rkl);
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

void ExactRow::fill_target(const Cell& cell, RowStatistics& out) const {
  const SpecialTerms& y = cell.special[0];
  out.p_target = y.p;
  out.q_target = y.q;
  out.nll_target = specials_[0].has_s ? cell.log_z_s - y.b : infinity;
}

void ExactRow::fill_target_shares(const Settled& now, double factor, RowStatistics& out) const {
  const auto fill = [&](double g, double l1, double l2, double& of_l1, double& of_l2) {
    if (plan_.parts.norms) of_l1 = share(g, l1, factor * l1);
    of_l2 = share(g * g, l2, factor * std::sqrt(l2));
  };
  if (plan_.parts.forward) {
    const SecondSums& s = now.forward().totals.all;
    fill(std::abs(now.forward().cell.special[0].u), s.u_l1, s.u_l2, out.fkl_target_share_l1,
         out.fkl_target_share_l2);
  }
  if (plan_.parts.reverse && !rkl_infinite()) {
    const SecondSums& s = now.reverse().totals.all;
    fill(std::abs(now.reverse().cell.special[0].v), s.v_l1, s.v_l2, out.rkl_target_share_l1,
         out.rkl_target_share_l2);
  }
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
    fill_decoupled(evaluate(tau, Lanes::twice, core_plan().parts, {}), tau, out);
    return;
  }
  const Cell& cell = now.cell;
  const SpecialTerms& y = cell.special[0];
  Decoupled d = decouple(cell, now.totals, y);
  const bool tiny = std::min(cell.rest_p, cell.rest_q) < smallest_rest;
  if (others_exist() && (tiny || !(d.least_share > least_share))) {
    ExactRow& rest = without_target();
    const Evaluated others = rest.evaluate(tau, rest.plan_.parts).divergences();
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
  const Settled now = known ? first_ : evaluate(tau, parts_at_other_taus());
  if (now.in_double) ++cells_in_double_;
  const Cell& first = now.first().cell;
  if (plan_.entropies) fill_first(first, out);
  if (plan_.dominant) fill_masses(first, out);
  if (has_target()) fill_target(first, out);
  if (!plan_.second) return out;
  if (plan_.parts.forward) fill_forward(now.forward().totals.all, factor, out);
  if (plan_.parts.reverse) fill_reverse(now, factor, out);
  if (plan_.parts.forward && plan_.parts.reverse) fill_both(now.both().totals.all, factor, out);
  if (plan_.parts.divergences || plan_.parts.mixture) fill_divergences(now.divergences().totals.all, out);
  if (!has_target()) return out;
  if (plan_.target_shares) fill_target_shares(now, factor, out);
  if (plan_.decoupled) fill_decoupled(now.divergences(), tau, out);
  return out;
}

}  // namespace tauscope::exact
