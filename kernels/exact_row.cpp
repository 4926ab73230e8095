#include "kernels/exact_row.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "kernels/exact_math.h"
#include "kernels/exact_single.h"
#include "kernels/load_row.h"

namespace tauscope::exact {
namespace {

hwy::AlignedFreeUniquePtr<float[]> floats(std::size_t n) {
  return hwy::AllocateAligned<float>(n);
}

}  // namespace

ExactRow::Memory::Memory(std::size_t vocab)
    : vocab(vocab), padded((vocab + padding - 1) / padding * padding) {}

void ExactRow::reserve(std::size_t vocab) {
  if (!memory_ || memory_->vocab != vocab) memory_ = std::make_unique<Memory>(vocab);
}

/// Copies the row, as floats.
void ExactRow::copy_row() {
  Memory& m = *memory_;
  if (!m.teacher) m.teacher = floats(m.padded), m.student = floats(m.padded);
  load_row(input_.teacher, row_, {m.teacher.get(), m.vocab});
  load_row(input_.student, row_, {m.student.get(), m.vocab});
  teacher_ = m.teacher.get();
  student_ = m.student.get();
  copied_ = true;
}

bool ExactRow::load(const StatisticsInput& input, std::size_t r, const Plan& plan, PreparedRow* prepared) {
  reserve(input.teacher.vocab);
  input_ = input;
  row_ = r;
  plan_ = plan;
  if (input.teacher.dtype == DType::float32 && input.student.dtype == DType::float32) {
    teacher_ = static_cast<const float*>(input.teacher.row(r));
    student_ = static_cast<const float*>(input.student.row(r));
    copied_ = false;
  } else {
    copy_row();
  }
  return prepare(input.targets.empty() ? -1 : input.targets[r], prepared);
}

bool ExactRow::prepare(std::int64_t target, PreparedRow* prepared) {
  PreparedRow only_now;
  PreparedRow& known = prepared ? *prepared : only_now;
  if (!known.has_summaries) {
    known.teacher = summarize_row({teacher_, memory_->vocab});
    known.student = summarize_row({student_, memory_->vocab});
    known.has_summaries = true;
  }
  summary_t_ = known.teacher;
  summary_s_ = known.student;
  without_target_loaded_ = false;
  if (!summary_t_.valid || !summary_s_.valid) return false;
  fill_order(target, known);
  if (!plan_.first) return true;
  count_masks(target);
  if (target >= 0) add_special(static_cast<std::size_t>(target), true);
  add_special(summary_t_.argmax, false);
  add_special(summary_s_.argmax, false);
  closed_ = false;
  if (copied_ || summary_t_.finite != memory_->vocab || summary_s_.finite != memory_->vocab) close_row();
  if (plan_.first_tau) settle_first_tau(known);
  return true;
}

/// Makes a copy of the row that any pass may read.
void ExactRow::close_row() {
  if (closed_) return;
  if (!copied_) copy_row();
  closed_ = true;
  Memory& m = *memory_;
  // The specials leave the vectors: a token masked on both sides contributes nothing.
  for (const std::size_t token : left_out())
    m.teacher[token] = m.student[token] = masked_logit;
  for (std::size_t j = m.vocab; j < m.padded; ++j)
    m.teacher[j] = m.student[j] = masked_logit;
  if (summary_t_.finite == m.vocab && summary_s_.finite == m.vocab) return;
  for (std::size_t j = 0; j < m.vocab; ++j) {
    m.teacher[j] = std::max(m.teacher[j], masked_logit);
    m.student[j] = std::max(m.student[j], masked_logit);
  }
}

void ExactRow::fill_order(std::int64_t target, PreparedRow& known) {
  Memory& m = *memory_;
  const std::span<const float> teacher{teacher_, m.vocab}, student{student_, m.vocab};
  facts_ = {summary_t_.largest, summary_s_.largest, 0, {}, 0, {}, {}};
  RowStatistics& order = facts_.order;
  order.top1_agree = summary_t_.argmax == summary_s_.argmax ? 1 : 0;
  cut_ = {-std::numeric_limits<float>::infinity(), static_cast<std::int64_t>(m.vocab)};
  if (plan_.dominant) {
    if (!known.has_cut) known.cut = dominant_cut(teacher, summary_t_, plan_.dominant_spec, m.order);
    known.has_cut = true;
    cut_ = known.cut;
  }
  if (plan_.ranks && target >= 0) {
    if (!known.has_ranks) {
      const std::size_t y = static_cast<std::size_t>(target);
      known.rank_target_teacher = static_cast<double>(rank_of(teacher, y));
      known.rank_target_student = static_cast<double>(rank_of(student, y));
      known.has_ranks = true;
    }
    order.rank_target_teacher = known.rank_target_teacher;
    order.rank_target_student = known.rank_target_student;
  }
  if (plan_.overlap) {
    if (!known.has_overlap) known.top_k_overlap = top_k_overlap();
    known.has_overlap = true;
    order.top_k_overlap = known.top_k_overlap;
  }
}

double ExactRow::top_k_overlap() {
  Memory& m = *memory_;
  const std::size_t k = std::min<std::size_t>(static_cast<std::size_t>(plan_.overlap_k), m.vocab);
  top_tokens({teacher_, m.vocab}, k, m.top_t);
  top_tokens({student_, m.vocab}, k, m.top_s);
  std::size_t common = 0;
  for (const std::uint32_t token : m.top_t) {
    common += std::binary_search(m.top_s.begin(), m.top_s.end(), token) ? 1 : 0;
  }
  return static_cast<double>(common) / static_cast<double>(k);
}

void ExactRow::add_special(std::size_t token, bool target) {
  Special special;
  special.token = token;
  special.target = target;
  special.largest_t = token == summary_t_.argmax;
  special.largest_s = token == summary_s_.argmax;
  special.teacher = teacher_[token];
  special.student = student_[token];
  special.dominant = cut_.contains(special.teacher, token);
  facts_.add_special(special);
  special_tokens_[facts_.special_count - 1] = facts_.specials[facts_.special_count - 1].token;
}

void ExactRow::count_masks(std::int64_t target) {
  const std::size_t V = memory_->vocab;
  Masks& masks = facts_.masks;
  const std::size_t y = static_cast<std::size_t>(target);
  const bool y_t = target >= 0 && has_value(teacher_[y]), y_s = target >= 0 && has_value(student_[y]);
  masks.target_student_lost = y_t && !y_s;
  masks.target_teacher_lost = y_s && !y_t;
  masks.others_t = summary_t_.finite - (y_t ? 1 : 0);
  masks.others_s = summary_s_.finite - (y_s ? 1 : 0);
  if (summary_t_.finite == V && summary_s_.finite == V) return;
  for (std::size_t j = 0; j < V; ++j) {
    if (target >= 0 && j == y) continue;
    const bool has_t = has_value(teacher_[j]), has_s = has_value(student_[j]);
    masks.student_lost = masks.student_lost || (has_t && !has_s);
    masks.teacher_lost = masks.teacher_lost || (has_s && !has_t);
  }
}

/// The row for passes in `lanes`.
Segment ExactRow::segment(Lanes lanes) {
  Memory& m = *memory_;
  if (lanes == Lanes::twice) close_row();
  Segment segment{teacher_, student_, closed_ ? m.padded : m.vocab, cut_.logit,
                  static_cast<std::size_t>(cut_.token + 1)};
  if (!closed_) segment.left_out = left_out();
  if (lanes == Lanes::single) {
    if (!m.exp_teacher) m.exp_teacher = floats(m.padded), m.exp_student = floats(m.padded);
    segment.exp_teacher = m.exp_teacher.get();
    segment.exp_student = m.exp_student.get();
  }
  return segment;
}

FirstTau ExactRow::first_tau() const {
  return {memory_->first_u.get(), memory_->first_v.get(), first_.single.cell.shifts, first_.single.cell.norm};
}

/// The gradients at tau = 1 that the other taus are compared with: formed beside theirs, or kept where
/// several taus share them, or where they need lanes of double. Where 1 is among the taus its whole cell
/// comes of it.
void ExactRow::settle_first_tau(PreparedRow& known) {
  first_use_ = AtFirstTau::beside;
  if (!plan_.one_tau || plan_.one_asked) {
    keep_first_tau();
    return;
  }
  if (recall_first_tau(known)) return;
  SecondParts parts;
  parts.forward = parts.reverse = true;
  first_ = evaluate(1, parts);
  if (first_.in_double) {
    keep_first_tau();
    return;
  }
  known.first = first_.single.cell.sums;
  known.first_u_l2 = first_.single.totals.all.u_l2;
  known.first_v_l2 = first_.single.totals.all.v_l2;
  known.has_first = true;
}

/// What an earlier call left of them.
bool ExactRow::recall_first_tau(const PreparedRow& known) {
  if (!known.has_first) return false;
  first_ = {};
  first_.single.cell = start_cell(facts_, 1, Lanes::single, known.first);
  first_.single.totals.all.u_l2 = known.first_u_l2;
  first_.single.totals.all.v_l2 = known.first_v_l2;
  first_.first_holds = first_.forward_holds = first_.reverse_holds = true;
  return true;
}

void ExactRow::keep_first_tau() {
  Memory& m = *memory_;
  first_use_ = AtFirstTau::compare;
  if (!m.first_u) {
    m.first_u = floats(m.padded), m.first_v = floats(m.padded);
    // Passes over the row where it lies do not write what is behind it.
    std::fill_n(m.first_u.get(), m.padded, 0.0F);
    std::fill_n(m.first_v.get(), m.padded, 0.0F);
  }
  SecondParts parts;
  if (plan_.one_asked) parts = plan_.parts;
  parts.forward = parts.reverse = true;
  parts.first = AtFirstTau::keep;
  first_ = evaluate(1, parts);
}

Evaluated ExactRow::evaluate(double tau, Lanes lanes, const SecondParts& parts, const FirstTau& first_tau) {
  const FirstParts first{.entropies = plan_.entropies, .outside = plan_.dominant, .second = plan_.second};
  Evaluated done{start(tau, lanes, first), {}};
  if (plan_.second) done.totals = add_up(done.cell, parts, first_tau);
  return done;
}

Settled ExactRow::evaluate(double tau, const SecondParts& parts) {
  Settled done;
  const bool one_sided = facts_.fkl_infinite() || facts_.rkl_infinite();
  if (single::available() && !one_sided) {
    done.single = evaluate(tau, Lanes::single, parts, first_tau());
    judge(done, parts);
    if (!done.in_double) return done;
  }
  done.in_double = true;
  SecondParts again = parts;
  if (parts.first == AtFirstTau::beside) {
    keep_first_tau();  // for the passes in double, from the float lanes where they hold
    again.first = AtFirstTau::compare;
  }
  FirstTau first = first_tau();
  if (parts.first == AtFirstTau::keep && done.forward_holds) first.u = nullptr;
  if (parts.first == AtFirstTau::keep && done.reverse_holds) first.v = nullptr;
  done.twice = evaluate(tau, Lanes::twice, again, first);
  return done;
}

Cell ExactRow::start(double tau, Lanes lanes, const FirstParts& parts) {
  const Shifts shifts = shifts_of(facts_, tau);
  const Segment row = segment(lanes);
  return start_cell(
      facts_, tau, lanes,
      lanes == Lanes::single ? single::first_pass(row, shifts, parts) : first_pass(row, shifts));
}

Totals ExactRow::add_up(const Cell& cell, const SecondParts& parts, const FirstTau& first_tau) {
  const Segment row = segment(cell.lanes);
  SecondSums sums;
  if (cell.lanes == Lanes::single) {
    sums = single::second_pass(row, cell.shifts, cell.norm, parts, first_tau);
  } else {
    sums = second_pass(row, cell.shifts, cell.norm, parts, first_tau);
    const double v_max = sums.v_max;
    if (v_max > 1e18 && std::isfinite(v_max)) {  // logits of -1e38 that stand for a mask
      Normalisation norm = cell.norm;
      norm.v_scale = 1 / v_max;
      sums = second_pass(row, cell.shifts, norm, parts, first_tau);
    }
  }
  const bool now_first = parts.first == AtFirstTau::keep;
  return add_specials(facts_, cell, sums, now_first ? cell : first_.forward().cell,
                      now_first ? cell : first_.reverse().cell);
}

ExactRow& ExactRow::without_target() {
  if (!without_target_) without_target_ = std::make_unique<ExactRow>();
  ExactRow& rest = *without_target_;
  if (without_target_loaded_) return rest;
  rest.reserve(memory_->vocab);
  rest.input_ = input_;
  rest.row_ = row_;
  rest.plan_ = core_plan();
  rest.copy_row();
  const std::size_t target = facts_.specials[0].token;
  rest.memory_->teacher[target] = rest.memory_->student[target] = -std::numeric_limits<float>::infinity();
  rest.prepare(-1, nullptr);
  without_target_loaded_ = true;
  return rest;
}

RowStatistics ExactRow::at(double tau) {
  if (!plan_.first) return facts_.order;
  const bool known = tau == 1 && plan_.first_tau;
  const Settled now = known ? first_ : evaluate(tau, parts_at_other_taus());
  if (now.in_double) ++cells_in_double_;
  const FirstSquares first{first_.forward().totals.all.u_l2, first_.reverse().totals.all.v_l2};
  RowStatistics out = finish_columns(facts_, plan_, tau, now.sources(first_), first);
  if (plan_.decoupled && facts_.has_target()) fill_decoupled(now.divergences(), tau, out);
  return out;
}

void ExactRow::fill_decoupled(const Evaluated& now, double tau, RowStatistics& out) {
  if (now.cell.lanes == Lanes::single && !decoupled_holds(now)) {
    ++cells_in_double_;
    fill_decoupled(evaluate(tau, Lanes::twice, core_plan().parts, {}), tau, out);
    return;
  }
  if (!wants_rest(facts_, now.cell, now.totals)) {
    finish_decoupled(facts_, tau, now.cell, now.totals, nullptr, out);
    return;
  }
  ExactRow& rest = without_target();
  const Evaluated others = rest.evaluate(tau, rest.plan_.parts).divergences();
  finish_decoupled(facts_, tau, now.cell, now.totals, &others, out);
}

}  // namespace tauscope::exact
