#include "kernels/exact_plan.h"

#include <algorithm>
#include <array>

namespace tauscope::exact {
namespace {

enum Need : unsigned {
  first = 1U << 0,
  entropies = first | 1U << 1,
  second = first | 1U << 2,
  forward = second | 1U << 3,
  reverse = second | 1U << 4,
  divergences = forward | 1U << 5,
  norms = second | 1U << 6,
  mixture = forward | 1U << 7,
  logs = norms | 1U << 8,
  first_tau = second | 1U << 9,
  dominant = 1U << 10,
  ranks = 1U << 11,
  overlap = 1U << 12,
  decoupled = divergences | 1U << 13,
  target_shares = second | 1U << 14,
};

/// By column, in the order of statistics_columns().
unsigned need_of(double RowStatistics::*member) {
  using R = RowStatistics;
  struct Entry {
    double R::*member;
    unsigned needs;
  };
  static constexpr auto entries = std::to_array<Entry>({
      {&R::fkl, divergences},
      {&R::rkl, divergences},
      {&R::jsd, mixture},
      {&R::tvd, forward | norms},
      {&R::entropy_teacher, entropies},
      {&R::entropy_student, entropies},
      {&R::cross_entropy, entropies},
      {&R::nll_target, first},
      {&R::p_target, first},
      {&R::q_target, first},
      {&R::rank_target_teacher, ranks},
      {&R::rank_target_student, ranks},
      {&R::top1_agree, 0},
      {&R::fkl_grad_l1, forward | norms},
      {&R::fkl_grad_l2, forward},
      {&R::fkl_grad_linf, forward | norms},
      {&R::rkl_grad_l1, reverse | norms},
      {&R::rkl_grad_l2, reverse},
      {&R::rkl_grad_linf, reverse | norms},
      {&R::grad_cosine, forward | reverse},
      {&R::grad_l2_ratio, forward | reverse},
      {&R::fkl_grad_cos_tau1, forward | first_tau},
      {&R::fkl_grad_ratio_tau1, forward | first_tau},
      {&R::rkl_grad_cos_tau1, reverse | first_tau},
      {&R::rkl_grad_ratio_tau1, reverse | first_tau},
      {&R::teacher_nd_mass, first | dominant},
      {&R::student_nd_mass, first | dominant},
      {&R::fkl_nd_share_l1, forward | norms | dominant},
      {&R::fkl_nd_share_l2, forward | dominant},
      {&R::rkl_nd_share_l1, reverse | norms | dominant},
      {&R::rkl_nd_share_l2, reverse | dominant},
      {&R::fkl_target_share_l1, forward | norms | target_shares},
      {&R::rkl_target_share_l1, reverse | norms | target_shares},
      {&R::tckd, decoupled},
      {&R::nckd, decoupled},
      {&R::fkl_effective_tokens, forward | logs},
      {&R::rkl_effective_tokens, reverse | logs},
      {&R::top_k_overlap, overlap},
      {&R::fkl_nd_share, divergences | dominant},
      {&R::rkl_nd_share, divergences | dominant},
      {&R::fkl_target_share_l2, forward | target_shares},
      {&R::rkl_target_share_l2, reverse | target_shares},
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
  plan.entropies = has(needs, entropies);
  plan.second = has(needs, second);
  plan.dominant = has(needs, dominant);
  plan.ranks = has(needs, ranks);
  plan.overlap = has(needs, overlap);
  plan.decoupled = has(needs, decoupled);
  plan.target_shares = has(needs, target_shares);
  plan.first_tau = has(needs, first_tau);
  plan.parts.forward = has(needs, forward);
  plan.parts.reverse = has(needs, reverse);
  plan.parts.divergences = has(needs, divergences);
  plan.parts.norms = has(needs, norms);
  plan.parts.mixture = has(needs, mixture);
  plan.parts.logs = has(needs, logs);
  plan.parts.outside = plan.dominant;
  plan.one_asked = std::find(spec.taus.begin(), spec.taus.end(), 1.0) != spec.taus.end();
  plan.one_tau = spec.taus.size() == 1;
  plan.tau_scaling = spec.tau_scaling;
  plan.dominant_spec = spec.dominant;
  plan.overlap_k = spec.overlap_k;
  return plan;
}

Plan core_plan() {
  Plan plan;
  plan.first = plan.second = true;
  plan.parts.forward = plan.parts.divergences = true;
  return plan;
}

}  // namespace tauscope::exact
