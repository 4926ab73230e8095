#include "kernels/cuda_exact.h"

namespace tauscope::cuda_host {
namespace {

using namespace exact;

RowFacts facts_of(const tauscope_cuda_exact_row& row, const Plan& plan, std::int64_t target) {
  RowFacts facts;
  facts.max_t = row.max_teacher;
  facts.max_s = row.max_student;
  for (int i = 0; i < row.special_count; ++i) {
    Special special;
    special.token = static_cast<std::size_t>(row.special_token[i]);
    special.target = row.special_token[i] == target;
    special.largest_t = row.special_token[i] == row.argmax_teacher;
    special.largest_s = row.special_token[i] == row.argmax_student;
    special.dominant = row.special_dominant[i] != 0;
    special.teacher = static_cast<float>(row.special_teacher[i]);
    special.student = static_cast<float>(row.special_student[i]);
    facts.add_special(special);
  }
  Masks& masks = facts.masks;
  masks.teacher_lost = row.teacher_lost != 0;
  masks.student_lost = row.student_lost != 0;
  masks.others_t = static_cast<std::size_t>(row.others_teacher);
  masks.others_s = static_cast<std::size_t>(row.others_student);
  if (facts.has_target()) {
    const Special& y = facts.specials[0];
    masks.target_student_lost = y.has_t && !y.has_s;
    masks.target_teacher_lost = y.has_s && !y.has_t;
  }
  facts.order.top1_agree = row.argmax_teacher == row.argmax_student ? 1 : 0;
  if (plan.overlap) facts.order.top_k_overlap = row.overlap;
  if (plan.ranks && facts.has_target()) {
    facts.order.rank_target_teacher = row.rank_teacher;
    facts.order.rank_target_student = row.rank_student;
  }
  return facts;
}

FirstSums first_sums(const tauscope_cuda_exact_sums& sums) {
  FirstSums s;
  s.z_t = sums.z_t, s.z_s = sums.z_s, s.difference = sums.difference;
  s.t_a = sums.t_a, s.s_b = sums.s_b, s.t_b = sums.t_b, s.s_delta = sums.s_delta;
  s.outside_t = sums.outside_z_t, s.outside_s = sums.outside_z_s;
  return s;
}

SecondSums second_sums(const tauscope_cuda_exact_sums& sums) {
  SecondSums s;
  s.fkl = sums.fkl, s.rkl = sums.rkl, s.jsd = sums.jsd;
  s.u_l1 = sums.u_l1, s.u_l2 = sums.u_l2, s.u_max = sums.u_max;
  s.v_l1 = sums.v_l1, s.v_l2 = sums.v_l2, s.v_max = sums.v_max;
  s.uv = sums.uv, s.u_log = sums.u_log, s.v_log = sums.v_log;
  s.u_first = sums.u_first, s.v_first = sums.v_first;
  s.outside = {sums.outside_fkl,  sums.outside_rkl,  sums.outside_u_l1,
               sums.outside_u_l2, sums.outside_v_l1, sums.outside_v_l2};
  return s;
}

}  // namespace

DeviceExactRow::DeviceExactRow(const tauscope_cuda_exact_row& row, const Plan& plan, std::int64_t target)
    : row_(row), plan_(plan) {
  if (row.valid == 0) return;
  facts_ = facts_of(row, plan, target);
  if (!plan.first_tau) return;
  const Normalisation norm{row.first_p_scale, row.first_q_scale, row.first_log_ratio, row.first_mean};
  first_ = start_cell(facts_, 1, Lanes::twice, {}, &norm);
}

Evaluated DeviceExactRow::evaluate(const tauscope_cuda_exact_sums& sums, double tau) const {
  const Normalisation norm{sums.p_scale, sums.q_scale, sums.log_ratio, sums.mean_delta};
  Evaluated done;
  done.cell = start_cell(facts_, tau, Lanes::twice, first_sums(sums), &norm);
  done.totals = add_specials(facts_, done.cell, second_sums(sums), first_, first_);
  return done;
}

bool DeviceExactRow::wants_rest(const tauscope_cuda_exact_sums& sums, double tau) const {
  if (row_.valid == 0 || !has_decoupled()) return false;
  const Evaluated now = evaluate(sums, tau);
  return exact::wants_rest(facts_, now.cell, now.totals);
}

RowStatistics DeviceExactRow::columns(const tauscope_cuda_exact_sums& sums, double tau,
                                      const Evaluated* rest) const {
  if (row_.valid == 0) return {};
  SecondSums at_first;
  at_first.u_l2 = sums.first_u_l2, at_first.v_l2 = sums.first_v_l2;
  const Evaluated now = evaluate(sums, tau);
  const SecondSums first = add_specials(facts_, first_, at_first, first_, first_).all;
  RowStatistics out =
      finish_columns(facts_, plan_, tau, ColumnSources::all_from(now), {first.u_l2, first.v_l2});
  if (has_decoupled()) finish_decoupled(facts_, tau, now.cell, now.totals, rest, out);
  return out;
}

}  // namespace tauscope::cuda_host
