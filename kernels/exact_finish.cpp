#include "kernels/exact_finish.h"

#include <algorithm>
#include <cmath>

#include "kernels/exact_math.h"
#include "kernels/validate.h"

namespace tauscope::exact {
namespace {

constexpr double smallest_rest = 1e-280;  // of 1 - p_y

SpecialTerms settle(const RowFacts& row, const Special& token, const SpecialTerms& begun, const Cell& cell) {
  SpecialTerms k = begun;
  k.p = k.e_t * cell.norm.p_scale;
  k.q = k.e_s * cell.norm.q_scale;
  k.u = k.q - k.p;
  k.jsd = jensen_shannon_term(k.p, k.q, k.u);
  k.fkl = k.q;  // the term where p = 0
  k.rkl = k.p;
  if (!token.has_t || !token.has_s) return k;  // what is infinite then is settled by the masks
  const double inverse_tau = cell.shifts.inverse_tau;
  const double t = cell.norm.log_ratio - token.delta * inverse_tau;
  if (std::abs(t) < 0.5) k.u = k.p * std::expm1(t);
  k.jsd = jensen_shannon_term(k.p, k.q, k.u);
  k.fkl = divergence_term(k.p, k.q, t);
  k.rkl = divergence_term(k.q, k.p, -t);
  k.v = k.q * (cell.norm.mean_delta - (token.delta - row.centre)) * inverse_tau;
  return k;
}

/// The columns of one row at one tau.
class Columns {
 public:
  Columns(const RowFacts& row, const Plan& plan, double tau)
      : row_(row), plan_(plan), factor_(gradient_factor(plan.tau_scaling, tau)), out_(row.order) {}

  RowStatistics run(const ColumnSources& now, const FirstSquares& first) {
    if (!plan_.first) return out_;
    const SecondParts& parts = plan_.parts;
    if (plan_.entropies) fill_first(now.first->cell);
    if (plan_.dominant) fill_masses(now.first->cell);
    if (row_.has_target()) fill_target(now.first->cell);
    if (!plan_.second) return out_;
    const bool reverse = parts.reverse && !row_.rkl_infinite();
    if (parts.forward) fill_forward(now.forward->totals.all, first.forward);
    if (reverse) fill_reverse(now.reverse->totals.all, now.v_first->totals.all, first.reverse);
    if (parts.forward && reverse) fill_both(now.both->totals.all);
    if (parts.divergences || parts.mixture) fill_divergences(now.divergences->totals.all);
    if (!row_.has_target() || !plan_.target_shares) return out_;
    const auto special = [](const Evaluated& e) { return e.cell.special[0]; };
    if (parts.forward) {
      const SecondSums& s = now.forward->totals.all;
      fill_target_shares(std::abs(special(*now.forward).u), s.u_l1, s.u_l2, out_.fkl_target_share_l1,
                         out_.fkl_target_share_l2);
    }
    if (reverse) {
      const SecondSums& s = now.reverse->totals.all;
      fill_target_shares(std::abs(special(*now.reverse).v), s.v_l1, s.v_l2, out_.rkl_target_share_l1,
                         out_.rkl_target_share_l2);
    }
    return out_;
  }

 private:
  void fill_first(const Cell& cell) {
    FirstSums sums = cell.sums;
    for (std::size_t i = 0; i < row_.special_count; ++i) {
      const SpecialTerms& k = cell.special[i];
      sums.t_a += k.e_t * k.a;
      sums.s_b += k.e_s * k.b;
      sums.t_b += k.e_t * k.b;
    }
    // -log p = log Z - a, and both parts are >= 0.
    out_.entropy_teacher = cell.log_z_t - sums.t_a * cell.norm.p_scale;
    out_.entropy_student = cell.log_z_s - sums.s_b * cell.norm.q_scale;
    out_.cross_entropy = row_.fkl_infinite() ? infinity : cell.log_z_s - sums.t_b * cell.norm.p_scale;
  }

  void fill_masses(const Cell& cell) {
    double mass_t = cell.sums.outside_t, mass_s = cell.sums.outside_s;
    for (std::size_t i = 0; i < row_.special_count; ++i) {
      if (row_.specials[i].dominant) continue;
      mass_t += cell.special[i].e_t;
      mass_s += cell.special[i].e_s;
    }
    out_.teacher_nd_mass = mass_t * cell.norm.p_scale;
    out_.student_nd_mass = mass_s * cell.norm.q_scale;
  }

  void fill_target(const Cell& cell) {
    const SpecialTerms& y = cell.special[0];
    out_.p_target = y.p;
    out_.q_target = y.q;
    out_.nll_target = row_.specials[0].has_s ? cell.log_z_s - y.b : infinity;
  }

  void fill_forward(const SecondSums& s, double first_square) {
    const double norm = factor_ * std::sqrt(s.u_l2);
    out_.fkl_grad_l2 = norm;
    if (plan_.parts.norms) {
      out_.tvd = s.u_l1 / 2;
      out_.fkl_grad_l1 = factor_ * s.u_l1;
      out_.fkl_grad_linf = factor_ * s.u_max;
    }
    if (plan_.parts.logs) out_.fkl_effective_tokens = effective_tokens(s.u_l1, s.u_log, factor_);
    if (plan_.dominant) {
      if (plan_.parts.norms) out_.fkl_nd_share_l1 = share(s.outside.u_l1, s.u_l1, out_.fkl_grad_l1);
      out_.fkl_nd_share_l2 = share(s.outside.u_l2, s.u_l2, norm);
    }
    if (plan_.first_tau) {
      const double first = std::sqrt(first_square);
      out_.fkl_grad_cos_tau1 = cosine(factor_ * s.u_first, norm, first);
      out_.fkl_grad_ratio_tau1 = ratio_of_norms(norm, first);
    }
  }

  void fill_reverse(const SecondSums& s, const SecondSums& with_first, double first_square) {
    const double norm = factor_ * std::sqrt(s.v_l2);
    out_.rkl_grad_l2 = norm;
    if (plan_.parts.norms) {
      out_.rkl_grad_l1 = factor_ * s.v_l1;
      out_.rkl_grad_linf = factor_ * s.v_max;
    }
    if (plan_.parts.logs) out_.rkl_effective_tokens = effective_tokens(s.v_l1, s.v_log, factor_);
    if (plan_.dominant) {
      if (plan_.parts.norms) out_.rkl_nd_share_l1 = share(s.outside.v_l1, s.v_l1, out_.rkl_grad_l1);
      out_.rkl_nd_share_l2 = share(s.outside.v_l2, s.v_l2, norm);
    }
    if (plan_.first_tau) {
      const double first = std::sqrt(first_square);
      out_.rkl_grad_cos_tau1 =
          cosine(factor_ * with_first.v_first, factor_ * std::sqrt(with_first.v_l2), first);
      out_.rkl_grad_ratio_tau1 = ratio_of_norms(norm, first);
    }
  }

  void fill_both(const SecondSums& s) {
    const double u_norm = factor_ * std::sqrt(s.u_l2), v_norm = factor_ * std::sqrt(s.v_l2);
    out_.grad_cosine = cosine(factor_ * factor_ * s.uv, u_norm, v_norm);
    out_.grad_l2_ratio = ratio_of_norms(u_norm, v_norm);
  }

  void fill_divergences(const SecondSums& s) {
    if (plan_.parts.mixture) out_.jsd = s.jsd;
    if (!plan_.parts.divergences) return;
    out_.fkl = row_.fkl_infinite() ? infinity : s.fkl;
    out_.rkl = row_.rkl_infinite() ? infinity : s.rkl;
    if (!plan_.dominant) return;
    if (std::isfinite(out_.fkl)) out_.fkl_nd_share = share(s.outside.fkl, s.fkl, s.fkl);
    if (std::isfinite(out_.rkl)) out_.rkl_nd_share = share(s.outside.rkl, s.rkl, s.rkl);
  }

  /// `g`: the target's entry, without its sign.
  void fill_target_shares(double g, double l1, double l2, double& of_l1, double& of_l2) const {
    if (plan_.parts.norms) of_l1 = share(g, l1, factor_ * l1);
    of_l2 = share(g * g, l2, factor_ * std::sqrt(l2));
  }

  const RowFacts& row_;
  const Plan& plan_;
  double factor_;
  RowStatistics out_;
};

}  // namespace

void RowFacts::add_special(Special token) {
  for (const Special& known : tokens()) {
    if (known.token == token.token) return;
  }
  token.has_t = has_value(token.teacher);
  token.has_s = has_value(token.student);
  if (token.has_t) token.x_t = static_cast<double>(token.teacher) - max_t;
  if (token.has_s) token.x_s = static_cast<double>(token.student) - max_s;
  if (token.has_t && token.has_s) token.delta = token.x_t - token.x_s;
  if (token.largest_s) centre = token.delta;
  specials[special_count++] = token;
}

Shifts shifts_of(const RowFacts& row, double tau) {
  return {row.max_t, row.max_s, row.centre, 1 / tau};
}

Cell start_cell(const RowFacts& row, double tau, Lanes lanes, const FirstSums& vectors,
                const Normalisation* known) {
  Cell cell;
  cell.lanes = lanes;
  cell.shifts = shifts_of(row, tau);
  cell.sums = vectors;
  FirstSums sums = vectors;
  // Sums without each side's largest token (whose term is 1), and without the target.
  double others_t = sums.z_t, others_s = sums.z_s, rest_t = sums.z_t, rest_s = sums.z_s;
  for (std::size_t i = 0; i < row.special_count; ++i) {
    const Special& s = row.specials[i];
    SpecialTerms& k = cell.special[i];
    k.a = s.x_t / tau;
    k.b = s.x_s / tau;
    k.e_t = s.has_t ? std::exp(k.a) : 0;
    k.e_s = s.has_s ? std::exp(k.b) : 0;
    const double x = s.delta / tau;
    const bool near = s.has_t && s.has_s && std::abs(x) < 0.5;
    const double difference = near ? k.e_s * std::expm1(x) : k.e_t - k.e_s;
    FirstSums own;
    own.z_t = k.e_t, own.z_s = k.e_s, own.difference = difference,
    own.s_delta = k.e_s * (s.delta - row.centre);
    sums += own;
    if (!s.largest_t) others_t += k.e_t;
    if (!s.largest_s) others_s += k.e_s;
    if (!s.target) rest_t += k.e_t, rest_s += k.e_s;
  }
  cell.norm = known != nullptr ? *known : normalise(sums);
  cell.log_z_t = std::log1p(others_t);
  cell.log_z_s = std::log1p(others_s);
  cell.rest_p = rest_t / sums.z_t;
  cell.rest_q = rest_s / sums.z_s;
  for (std::size_t i = 0; i < row.special_count; ++i)
    cell.special[i] = settle(row, row.specials[i], cell.special[i], cell);
  return cell;
}

Totals add_specials(const RowFacts& row, const Cell& cell, const SecondSums& vectors, const Cell& first_u,
                    const Cell& first_v) {
  Totals totals;
  totals.all = vectors;
  totals.fkl_without_y = totals.all.fkl;
  totals.rkl_without_y = totals.all.rkl;
  for (std::size_t i = 0; i < row.special_count; ++i) {
    const SpecialTerms& k = cell.special[i];
    const double u = std::abs(k.u), v = std::abs(k.v);
    SecondSums sums;
    sums.fkl = k.fkl, sums.rkl = k.rkl, sums.jsd = k.jsd;
    sums.u_l1 = sums.u_max = u, sums.u_l2 = u * u, sums.u_log = x_log_x(u);
    sums.v_l1 = sums.v_max = v, sums.v_l2 = v * v, sums.v_log = x_log_x(v);
    sums.uv = k.u * k.v;
    sums.u_first = k.u * first_u.special[i].u;
    sums.v_first = k.v * first_v.special[i].v;
    if (!row.specials[i].dominant) sums.outside = {k.fkl, k.rkl, u, sums.u_l2, v, sums.v_l2};
    totals.all += sums;
    if (!row.specials[i].target) totals.fkl_without_y += k.fkl, totals.rkl_without_y += k.rkl;
  }
  return totals;
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

bool wants_rest(const RowFacts& row, const Cell& cell, const Totals& totals) {
  constexpr double least_share = 1e-3;
  if (!row.others_exist()) return false;
  return std::min(cell.rest_p, cell.rest_q) < smallest_rest ||
         !(decouple(cell, totals, cell.special[0]).least_share > least_share);
}

RowStatistics finish_columns(const RowFacts& row, const Plan& plan, double tau, const ColumnSources& now,
                             const FirstSquares& first) {
  return Columns(row, plan, tau).run(now, first);
}

void finish_decoupled(const RowFacts& row, double tau, const Cell& cell, const Totals& totals,
                      const Evaluated* rest, RowStatistics& out) {
  const SpecialTerms& y = cell.special[0];
  Decoupled d = decouple(cell, totals, y);
  if (rest != nullptr) {
    d.nckd = rest->totals.all.fkl;
    d.rkl_nckd = rest->totals.all.rkl;
    if (std::min(cell.rest_p, cell.rest_q) < smallest_rest) {
      const double shift_t = (rest->cell.shifts.max_t - cell.shifts.max_t) / tau;
      const double shift_s = (rest->cell.shifts.max_s - cell.shifts.max_s) / tau;
      d.log_rest =
          (rest->cell.log_z_s + shift_s - cell.log_z_s) - (rest->cell.log_z_t + shift_t - cell.log_z_t);
    }
  }
  if (row.others_exist()) {
    out.nckd = row.masks.student_lost ? infinity : d.nckd;
    out.rkl_nckd = row.masks.teacher_lost ? infinity : d.rkl_nckd;
  }
  const auto two_point = [](double y_term, double from, double to, double log_ratio) {
    return y_term + (from > 0 ? divergence_term(from, to, log_ratio) : to);
  };
  out.tckd =
      row.masks.target_student_lost ? infinity : two_point(y.fkl, cell.rest_p, cell.rest_q, d.log_rest);
  out.rkl_tckd =
      row.masks.target_teacher_lost ? infinity : two_point(y.rkl, cell.rest_q, cell.rest_p, -d.log_rest);
}

}  // namespace tauscope::exact
