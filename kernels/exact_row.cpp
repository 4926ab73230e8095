#include "kernels/exact_row.h"

#include <algorithm>
#include <cmath>

#include "kernels/exact_math.h"
#include "kernels/load_row.h"

namespace tauscope::exact {
namespace {

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

}  // namespace tauscope::exact
