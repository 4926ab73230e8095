#include "kernels/exact_row.h"

#include <algorithm>
#include <cmath>

#include "kernels/load_row.h"
#include "kernels/validate.h"

namespace tauscope::exact {
namespace {

constexpr double none = RowStatistics::none;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double smallest_norm = 1e-30;

bool has_value(float z) {
  return z > -std::numeric_limits<float>::infinity();
}

/// e^x - 1 - x.
double expm1_minus(double x) {
  if (std::abs(x) > 0.01) return std::expm1(x) - x;
  return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6))));
}

/// from log(from/to) - from + to >= 0, log_ratio = log(to/from).
double divergence_term(double from, double to, double log_ratio) {
  return std::abs(log_ratio) < 0.5 ? from * expm1_minus(log_ratio) : to - from - from * log_ratio;
}

/// 1/2 p log(p/m) + 1/2 q log(q/m), m = (p + q)/2, from u = q - p.
double jensen_shannon_term(double p, double q, double u) {
  const double sum = p + q;
  if (sum == 0) return 0;
  const double s = u / sum, square = s * s;
  if (std::abs(s) < 0.01) return sum / 4 * square * (1 + square / 6 + square * square / 15);
  const double low = s < 1 ? (1 - s) * std::log1p(-s) : 0, high = s > -1 ? (1 + s) * std::log1p(s) : 0;
  return sum / 4 * (low + high);
}

double ratio_of_norms(double a, double b) {
  return a >= smallest_norm && b >= smallest_norm ? a / b : none;
}

double cosine(double product, double a, double b) {
  if (!(a >= smallest_norm && b >= smallest_norm)) return none;
  return std::clamp(product / a / b, -1.0, 1.0);
}

/// `part` of `whole`, where the norm behind them is large enough to speak of shares.
double share(double part, double whole, double norm) {
  return norm >= smallest_norm ? part / whole : none;
}

/// exp of the entropy of |g| / sum |g|, from l1 = sum |g| and sum |g| log|g|.
double effective_tokens(double l1, double log_sum, double factor) {
  return l1 * factor >= smallest_norm ? std::exp(std::log(l1) - log_sum / l1) : none;
}

double x_log_x(double x) {
  return x > 0 ? x * std::log(x) : 0;
}

hwy::AlignedFreeUniquePtr<float[]> floats(std::size_t n) {
  return hwy::AllocateAligned<float>(n);
}

}  // namespace

ExactRow::Memory::Memory(std::size_t vocab)
    : vocab(vocab),
      teacher(floats(vocab)),
      student(floats(vocab)),
      split_t(floats(2 * vocab + 4 * padding)),
      split_s(floats(2 * vocab + 4 * padding)),
      first_u(floats(vocab + 4 * padding)),
      first_v(floats(vocab + 4 * padding)) {}

bool ExactRow::load(const StatisticsInput& input, std::size_t r, const StatisticsSpec& spec) {
  const std::size_t V = input.teacher.vocab;
  if (!memory_ || memory_->vocab != V) memory_ = std::make_unique<Memory>(V);
  spec_ = spec;
  load_row(input.teacher, r, {memory_->teacher.get(), V});
  load_row(input.student, r, {memory_->student.get(), V});
  return prepare(input.targets.empty() ? -1 : input.targets[r]);
}

bool ExactRow::prepare(std::int64_t target) {
  Memory& m = *memory_;
  const std::span<const float> teacher{m.teacher.get(), m.vocab}, student{m.student.get(), m.vocab};
  summary_t_ = summarize_row(teacher);
  summary_s_ = summarize_row(student);
  without_target_loaded_ = false;
  if (!summary_t_.valid || !summary_s_.valid) return false;
  fill_order(target);
  count_masks(target);
  special_count_ = 0;
  if (target >= 0) add_special(static_cast<std::size_t>(target));
  for (std::size_t i = 0; i < special_count_; ++i)
    specials_[i].target = true;
  add_special(summary_t_.argmax);
  add_special(summary_s_.argmax);
  // The specials leave the vectors: a token masked on both sides contributes nothing.
  for (std::size_t i = 0; i < special_count_; ++i) {
    m.teacher[specials_[i].token] = m.student[specials_[i].token] = masked_logit;
  }
  const std::size_t outside = m.vocab + 2 * padding;  // where the second segment begins, before alignment
  const std::size_t offset = (outside + padding - 1) / padding * padding;
  sizes_ = split_row(m.teacher.get(), m.student.get(), m.vocab, cut_.logit,
                     static_cast<std::size_t>(cut_.token + 1),
                     {m.split_t.get(), m.split_s.get(), m.split_t.get() + offset, m.split_s.get() + offset});
  if (spec_.set == StatisticsSet::all) keep_first_tau();
  return true;
}

void ExactRow::fill_order(std::int64_t target) {
  Memory& m = *memory_;
  const std::span<const float> teacher{m.teacher.get(), m.vocab}, student{m.student.get(), m.vocab};
  order_ = RowStatistics{};
  order_.top1_agree = summary_t_.argmax == summary_s_.argmax ? 1 : 0;
  cut_ = {-std::numeric_limits<float>::infinity(), static_cast<std::int64_t>(m.vocab)};
  if (spec_.set != StatisticsSet::all) return;
  cut_ = dominant_cut(teacher, summary_t_, spec_.dominant, m.order);
  if (target >= 0) {
    order_.rank_target_teacher = static_cast<double>(rank_of(teacher, static_cast<std::size_t>(target)));
    order_.rank_target_student = static_cast<double>(rank_of(student, static_cast<std::size_t>(target)));
  }
  const std::size_t k = std::min<std::size_t>(static_cast<std::size_t>(spec_.overlap_k), m.vocab);
  top_tokens(teacher, k, m.top_t);
  top_tokens(student, k, m.top_s);
  std::size_t common = 0;
  for (const std::uint32_t token : m.top_t) {
    common += std::binary_search(m.top_s.begin(), m.top_s.end(), token) ? 1 : 0;
  }
  order_.top_k_overlap = static_cast<double>(common) / static_cast<double>(k);
}

void ExactRow::add_special(std::size_t token) {
  for (std::size_t i = 0; i < special_count_; ++i) {
    if (specials_[i].token == token) return;
  }
  Special& s = specials_[special_count_++] = {};
  s.token = token;
  s.teacher = memory_->teacher[token];
  s.student = memory_->student[token];
  s.largest_t = token == summary_t_.argmax;
  s.largest_s = token == summary_s_.argmax;
  s.dominant = cut_.contains(s.teacher, token);
  s.has_t = has_value(s.teacher);
  s.has_s = has_value(s.student);
  if (s.has_t) s.x_t = static_cast<double>(s.teacher) - static_cast<double>(summary_t_.largest);
  if (s.has_s) s.x_s = static_cast<double>(s.student) - static_cast<double>(summary_s_.largest);
  if (s.has_t && s.has_s) s.delta = s.x_t - s.x_s;
  if (s.largest_s) centre_ = s.delta;
}

void ExactRow::count_masks(std::int64_t target) {
  const Memory& m = *memory_;
  masks_ = {};
  const std::size_t y = static_cast<std::size_t>(target);
  const bool y_t = target >= 0 && has_value(m.teacher[y]), y_s = target >= 0 && has_value(m.student[y]);
  masks_.target_student_lost = y_t && !y_s;
  masks_.target_teacher_lost = y_s && !y_t;
  masks_.others_t = summary_t_.finite - (y_t ? 1 : 0);
  masks_.others_s = summary_s_.finite - (y_s ? 1 : 0);
  if (summary_t_.finite == m.vocab && summary_s_.finite == m.vocab) return;
  for (std::size_t j = 0; j < m.vocab; ++j) {
    if (target >= 0 && j == y) continue;
    const bool has_t = has_value(m.teacher[j]), has_s = has_value(m.student[j]);
    masks_.student_lost = masks_.student_lost || (has_t && !has_s);
    masks_.teacher_lost = masks_.teacher_lost || (has_s && !has_t);
  }
}

Segment ExactRow::segment(bool inside) const {
  const Memory& m = *memory_;
  if (inside) return {m.split_t.get(), m.split_s.get(), sizes_.inside};
  const std::size_t offset = (m.vocab + 3 * padding - 1) / padding * padding;
  return {m.split_t.get() + offset, m.split_s.get() + offset, sizes_.outside};
}

FirstTau ExactRow::first_tau(bool inside) const {
  const std::size_t offset = inside ? 0 : sizes_.inside;
  return {memory_->first_u.get() + offset, memory_->first_v.get() + offset};
}

// The gradients at tau = 1 that every tau is compared with. Where 1 is among the taus its whole cell comes of
// it.
void ExactRow::keep_first_tau() {
  first_cell_ = start(1);
  const Cell& cell = first_cell_;
  const bool wanted = std::find(spec_.taus.begin(), spec_.taus.end(), 1.0) != spec_.taus.end();
  if (wanted) {
    first_totals_ = add_up(cell, true);
  } else {
    SecondSums& sums = first_totals_.all;
    sums = keep_gradients(segment(true), cell.shifts, cell.norm, first_tau(true));
    sums += keep_gradients(segment(false), cell.shifts, cell.norm, first_tau(false));
    for (std::size_t i = 0; i < special_count_; ++i) {
      sums.u_l2 += cell.special[i].u * cell.special[i].u;
      sums.v_l2 += cell.special[i].v * cell.special[i].v;
    }
  }
}

Cell ExactRow::start(double tau) const {
  Cell cell;
  cell.shifts = {summary_t_.largest, summary_s_.largest, centre_, 1 / tau};
  cell.inside = first_pass(segment(true), cell.shifts);
  cell.outside = first_pass(segment(false), cell.shifts);
  FirstSums sums = cell.inside;
  sums += cell.outside;
  // Sums without each side's largest token (whose term is 1), and without the target.
  double others_t = sums.z_t, others_s = sums.z_s, rest_t = sums.z_t, rest_s = sums.z_s;
  for (std::size_t i = 0; i < special_count_; ++i) {
    const Special& s = specials_[i];
    SpecialTerms& k = cell.special[i];
    k.a = s.x_t / tau;
    k.b = s.x_s / tau;
    k.e_t = s.has_t ? std::exp(k.a) : 0;
    k.e_s = s.has_s ? std::exp(k.b) : 0;
    const double x = s.delta / tau;
    const bool near = s.has_t && s.has_s && std::abs(x) < 0.5;
    const double difference = near ? k.e_s * std::expm1(x) : k.e_t - k.e_s;
    sums += {k.e_t, k.e_s, difference, k.e_t * k.a, k.e_s * k.b, k.e_t * k.b, k.e_s * (s.delta - centre_)};
    if (!s.largest_t) others_t += k.e_t;
    if (!s.largest_s) others_s += k.e_s;
    if (!s.target) rest_t += k.e_t, rest_s += k.e_s;
  }
  cell.norm = normalise(sums);
  cell.log_z_t = std::log1p(others_t);
  cell.log_z_s = std::log1p(others_s);
  cell.rest_p = rest_t / sums.z_t;
  cell.rest_q = rest_s / sums.z_s;
  for (std::size_t i = 0; i < special_count_; ++i)
    cell.special[i] = settle(specials_[i], cell.special[i], cell);
  return cell;
}

SpecialTerms ExactRow::settle(const Special& token, const SpecialTerms& begun, const Cell& cell) const {
  SpecialTerms k = begun;
  k.p = k.e_t * cell.norm.p_scale;
  k.q = k.e_s * cell.norm.q_scale;
  k.u = k.q - k.p;
  k.jsd = jensen_shannon_term(k.p, k.q, k.u);
  k.fkl = k.q;  // the term where p = 0
  k.rkl = k.p;
  if (!token.has_t || !token.has_s) return k;  // what is infinite then is settled by masks_
  const double inverse_tau = cell.shifts.inverse_tau;
  const double t = cell.norm.log_ratio - token.delta * inverse_tau;
  if (std::abs(t) < 0.5) k.u = k.p * std::expm1(t);
  k.jsd = jensen_shannon_term(k.p, k.q, k.u);
  k.fkl = divergence_term(k.p, k.q, t);
  k.rkl = divergence_term(k.q, k.p, -t);
  k.v = k.q * (cell.norm.mean_delta - (token.delta - centre_)) * inverse_tau;
  return k;
}

void ExactRow::fill_first(const Cell& cell, RowStatistics& out) const {
  FirstSums sums = cell.inside;
  sums += cell.outside;
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

Totals ExactRow::add_up(const Cell& cell, bool at_first_tau) const {
  Totals totals;
  if (spec_.set == StatisticsSet::all) {
    Normalisation norm = cell.norm;
    const auto pass = [&](bool inside) {
      return (at_first_tau ? second_pass_at_first_tau : second_pass)(segment(inside), cell.shifts, norm,
                                                                     first_tau(inside));
    };
    totals.all = pass(true);
    totals.outside = pass(false);
    const double v_max = std::max(totals.all.v_max, totals.outside.v_max);
    if (v_max > 1e18 && std::isfinite(v_max)) {  // logits of -1e38 that stand for a mask
      norm.v_scale = 1 / v_max;
      totals.all = pass(true);
      totals.outside = pass(false);
    }
  } else {
    totals.all = second_pass_core(segment(true), cell.shifts, cell.norm);
    totals.outside = second_pass_core(segment(false), cell.shifts, cell.norm);
  }
  totals.all += totals.outside;
  totals.fkl_without_y = totals.all.fkl;
  totals.rkl_without_y = totals.all.rkl;
  for (std::size_t i = 0; i < special_count_; ++i) {
    const SpecialTerms& k = cell.special[i];
    const double u = std::abs(k.u), v = std::abs(k.v);
    SecondSums sums;
    sums.fkl = k.fkl, sums.rkl = k.rkl, sums.jsd = k.jsd;
    sums.u_l1 = sums.u_max = u, sums.u_l2 = u * u, sums.u_log = x_log_x(u);
    sums.v_l1 = sums.v_max = v, sums.v_l2 = v * v, sums.v_log = x_log_x(v);
    sums.uv = k.u * k.v;
    sums.u_first = k.u * first_cell_.special[i].u;
    sums.v_first = k.v * first_cell_.special[i].v;
    totals.all += sums;
    if (!specials_[i].target) totals.fkl_without_y += k.fkl, totals.rkl_without_y += k.rkl;
    if (!specials_[i].dominant) totals.outside += sums;
  }
  return totals;
}

void ExactRow::fill_second(const Cell& cell, const Totals& totals, double factor, RowStatistics& out) const {
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
  if (spec_.set != StatisticsSet::all) return;
  out.jsd = s.jsd;
  out.tvd = s.u_l1 / 2;
  out.fkl_grad_l1 = factor * s.u_l1;
  out.fkl_grad_linf = factor * s.u_max;
  out.fkl_effective_tokens = effective_tokens(s.u_l1, s.u_log, factor);
  if (!rkl_infinite) {
    out.rkl_grad_l1 = factor * s.v_l1;
    out.rkl_grad_linf = factor * s.v_max;
    out.rkl_effective_tokens = effective_tokens(s.v_l1, s.v_log, factor);
  }
  fill_shares(cell, totals, out);
  fill_against_first(totals, factor, out);
}

void ExactRow::fill_shares(const Cell& cell, const Totals& totals, RowStatistics& out) const {
  const SecondSums &all = totals.all, &nd = totals.outside;
  double mass_t = cell.outside.z_t, mass_s = cell.outside.z_s;
  for (std::size_t i = 0; i < special_count_; ++i) {
    if (specials_[i].dominant) continue;
    mass_t += cell.special[i].e_t;
    mass_s += cell.special[i].e_s;
  }
  out.teacher_nd_mass = mass_t * cell.norm.p_scale;
  out.student_nd_mass = mass_s * cell.norm.q_scale;
  if (std::isfinite(out.fkl)) out.fkl_nd_share = share(nd.fkl, all.fkl, all.fkl);
  out.fkl_nd_share_l1 = share(nd.u_l1, all.u_l1, out.fkl_grad_l1);
  out.fkl_nd_share_l2 = share(nd.u_l2, all.u_l2, out.fkl_grad_l2);
  if (!std::isfinite(out.rkl)) return;
  out.rkl_nd_share = share(nd.rkl, all.rkl, all.rkl);
  out.rkl_nd_share_l1 = share(nd.v_l1, all.v_l1, out.rkl_grad_l1);
  out.rkl_nd_share_l2 = share(nd.v_l2, all.v_l2, out.rkl_grad_l2);
}

void ExactRow::fill_against_first(const Totals& totals, double factor, RowStatistics& out) const {
  const double first_u = std::sqrt(first_totals_.all.u_l2), first_v = std::sqrt(first_totals_.all.v_l2);
  out.fkl_grad_cos_tau1 = cosine(factor * totals.all.u_first, out.fkl_grad_l2, first_u);
  out.fkl_grad_ratio_tau1 = ratio_of_norms(out.fkl_grad_l2, first_u);
  out.rkl_grad_cos_tau1 = cosine(factor * totals.all.v_first, out.rkl_grad_l2, first_v);
  out.rkl_grad_ratio_tau1 = ratio_of_norms(out.rkl_grad_l2, first_v);
}

void ExactRow::fill_target(const Cell& cell, const Totals& totals, double tau, RowStatistics& out) {
  if (special_count_ == 0 || !specials_[0].target) return;
  const SpecialTerms& y = cell.special[0];
  out.p_target = y.p;
  out.q_target = y.q;
  out.nll_target = specials_[0].has_s ? cell.log_z_s - y.b : infinity;
  if (spec_.set != StatisticsSet::all) return;
  const SecondSums& all = totals.all;
  out.fkl_target_share_l1 = share(std::abs(y.u), all.u_l1, out.fkl_grad_l1);
  out.fkl_target_share_l2 = share(y.u * y.u, all.u_l2, out.fkl_grad_l2);
  if (std::isfinite(out.rkl)) {
    out.rkl_target_share_l1 = share(std::abs(y.v), all.v_l1, out.rkl_grad_l1);
    out.rkl_target_share_l2 = share(y.v * y.v, all.v_l2, out.rkl_grad_l2);
  }
  fill_decoupled(cell, totals, y, tau, out);
}

// With r = log((1 - q_y)/(1 - p_y)) the divergence between the rows without y is
//   nckd = (sum of the other tokens' FKL terms)/(1 - p_y) - (e^r - 1 - r),
// both parts >= 0. Where they nearly cancel (only the target differs), or where 1 - p_y underflows, the row
// is taken again with the target masked, so that the remaining tokens are scaled by their own largest.
void ExactRow::fill_decoupled(const Cell& cell, const Totals& totals, const SpecialTerms& y, double tau,
                              RowStatistics& out) {
  constexpr double smallest_rest = 1e-280, least_part = 1e-3;
  const bool exists = masks_.others_t > 0 && masks_.others_s > 0;
  double log_rest = y.u > 0 ? -std::log1p(y.u / cell.rest_q) : std::log1p(-y.u / cell.rest_p);
  double nckd = totals.fkl_without_y / cell.rest_p - expm1_minus(log_rest);
  double rkl_nckd = totals.rkl_without_y / cell.rest_q - expm1_minus(-log_rest);
  const bool tiny = std::min(cell.rest_p, cell.rest_q) < smallest_rest;
  const bool cancels =
      !(nckd > least_part * expm1_minus(log_rest) && rkl_nckd > least_part * expm1_minus(-log_rest));
  if (exists && (tiny || cancels)) {
    ExactRow& rest = without_target();
    const Cell rest_cell = rest.start(tau);
    const Totals rest_totals = rest.add_up(rest_cell);
    nckd = rest_totals.all.fkl;
    rkl_nckd = rest_totals.all.rkl;
    if (tiny) {
      const double shift_t = (rest_cell.shifts.max_t - cell.shifts.max_t) / tau;
      const double shift_s = (rest_cell.shifts.max_s - cell.shifts.max_s) / tau;
      log_rest = (rest_cell.log_z_s + shift_s - cell.log_z_s) - (rest_cell.log_z_t + shift_t - cell.log_z_t);
    }
  }
  if (exists) {
    out.nckd = masks_.student_lost ? infinity : nckd;
    out.rkl_nckd = masks_.teacher_lost ? infinity : rkl_nckd;
  }
  const auto two_point = [](double y_term, double from, double to, double log_ratio) {
    return y_term + (from > 0 ? divergence_term(from, to, log_ratio) : to);
  };
  out.tckd = masks_.target_student_lost ? infinity : two_point(y.fkl, cell.rest_p, cell.rest_q, log_rest);
  out.rkl_tckd =
      masks_.target_teacher_lost ? infinity : two_point(y.rkl, cell.rest_q, cell.rest_p, -log_rest);
}

ExactRow& ExactRow::without_target() {
  if (!without_target_) without_target_ = std::make_unique<ExactRow>();
  ExactRow& rest = *without_target_;
  if (without_target_loaded_) return rest;
  const std::size_t V = memory_->vocab;
  if (!rest.memory_ || rest.memory_->vocab != V) rest.memory_ = std::make_unique<Memory>(V);
  std::copy_n(memory_->teacher.get(), V, rest.memory_->teacher.get());
  std::copy_n(memory_->student.get(), V, rest.memory_->student.get());
  for (std::size_t i = 0; i < special_count_; ++i) {
    const float masked = -std::numeric_limits<float>::infinity();
    const Special& s = specials_[i];
    rest.memory_->teacher[s.token] = s.target ? masked : s.teacher;
    rest.memory_->student[s.token] = s.target ? masked : s.student;
  }
  rest.spec_ = spec_;
  rest.spec_.set = StatisticsSet::one_pass;
  rest.prepare(-1);
  without_target_loaded_ = true;
  return rest;
}

RowStatistics ExactRow::at(double tau) {
  RowStatistics out = order_;
  const double factor = gradient_factor(spec_.tau_scaling, tau);
  const bool known = tau == 1 && spec_.set == StatisticsSet::all;
  const Cell cell = known ? first_cell_ : start(tau);
  const Totals totals = known ? first_totals_ : add_up(cell);
  fill_first(cell, out);
  fill_second(cell, totals, factor, out);
  fill_target(cell, totals, tau, out);
  return out;
}

}  // namespace tauscope::exact
