#include "kernels/exact_plan.h"

#include <algorithm>
#include <array>

namespace tauscope::exact {
namespace {

enum Need : unsigned {
  first = 1U << 0,
  second = first | 1U << 1,
  norms = second | 1U << 2,
  mixture = second | 1U << 3,
  logs = norms | 1U << 4,
  first_tau = second | 1U << 5,
  dominant = 1U << 6,
  ranks = 1U << 7,
  overlap = 1U << 8,
  decoupled = second | 1U << 9,
  target_shares = second | 1U << 10,
};

/// By column, in the order of statistics_columns().
unsigned need_of(double RowStatistics::*member) {
  using R = RowStatistics;
  struct Entry {
    double R::*member;
    unsigned needs;
  };
  static constexpr auto entries = std::to_array<Entry>({
      {&R::fkl, second},
      {&R::rkl, second},
      {&R::jsd, mixture},
      {&R::tvd, norms},
      {&R::entropy_teacher, first},
      {&R::entropy_student, first},
      {&R::cross_entropy, first},
      {&R::nll_target, first},
      {&R::p_target, first},
      {&R::q_target, first},
      {&R::rank_target_teacher, ranks},
      {&R::rank_target_student, ranks},
      {&R::top1_agree, 0},
      {&R::fkl_grad_l1, norms},
      {&R::fkl_grad_l2, second},
      {&R::fkl_grad_linf, norms},
      {&R::rkl_grad_l1, norms},
      {&R::rkl_grad_l2, second},
      {&R::rkl_grad_linf, norms},
      {&R::grad_cosine, second},
      {&R::grad_l2_ratio, second},
      {&R::fkl_grad_cos_tau1, first_tau},
      {&R::fkl_grad_ratio_tau1, first_tau},
      {&R::rkl_grad_cos_tau1, first_tau},
      {&R::rkl_grad_ratio_tau1, first_tau},
      {&R::teacher_nd_mass, first | dominant},
      {&R::student_nd_mass, first | dominant},
      {&R::fkl_nd_share_l1, norms | dominant},
      {&R::fkl_nd_share_l2, second | dominant},
      {&R::rkl_nd_share_l1, norms | dominant},
      {&R::rkl_nd_share_l2, second | dominant},
      {&R::fkl_target_share_l1, norms | target_shares},
      {&R::rkl_target_share_l1, norms | target_shares},
      {&R::tckd, decoupled},
      {&R::nckd, decoupled},
      {&R::fkl_effective_tokens, logs},
      {&R::rkl_effective_tokens, logs},
      {&R::top_k_overlap, overlap},
      {&R::fkl_nd_share, second | dominant},
      {&R::rkl_nd_share, second | dominant},
      {&R::fkl_target_share_l2, target_shares},
      {&R::rkl_target_share_l2, target_shares},
      {&R::rkl_tckd, decoupled},
      {&R::rkl_nckd, decoupled},
  });
  static_assert(sizeof(R) == entries.size() * sizeof(double), "every column says what it needs");
  return std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.member == member; })
      ->needs;
}

constexpr bool has(unsigned needs, unsigned all) {
  return (needs & all) == all;
}

}  // namespace

Plan plan_of(const StatisticsSpec& spec) {
  const ColumnSet wanted = wanted_columns(spec);
  const std::span<const StatisticsColumn> columns = statistics_columns();
  unsigned needs = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (wanted >> i & 1U) needs |= need_of(columns[i].member);
  }
  Plan plan;
  plan.first = has(needs, first);
  plan.second = has(needs, second);
  plan.dominant = has(needs, dominant);
  plan.ranks = has(needs, ranks);
  plan.overlap = has(needs, overlap);
  plan.decoupled = has(needs, decoupled);
  plan.target_shares = has(needs, target_shares);
  plan.first_tau = has(needs, first_tau);
  plan.parts.norms = has(needs, norms);
  plan.parts.mixture = has(needs, mixture);
  plan.parts.logs = has(needs, logs);
  plan.parts.outside = plan.dominant;
  plan.one_asked = std::find(spec.taus.begin(), spec.taus.end(), 1.0) != spec.taus.end();
  plan.tau_scaling = spec.tau_scaling;
  plan.dominant_spec = spec.dominant;
  plan.overlap_k = spec.overlap_k;
  return plan;
}

Plan core_plan() {
  Plan plan;
  plan.first = plan.second = true;
  return plan;
}

}  // namespace tauscope::exact
