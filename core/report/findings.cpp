#include "core/report/findings.h"

#include <cmath>

namespace tauscope {

namespace {

std::optional<GradientChange> change_of(const TableView& view, const std::string& student,
                                        const std::string& prefix, double tau) {
  const SummaryRow* cosine = view.row(student, prefix + "_grad_cos_tau1", tau);
  const SummaryRow* share = view.row(student, prefix + "_nd_share_l1", tau);
  const SummaryRow* share_at_one = view.row(student, prefix + "_nd_share_l1", 1);
  if (!cosine || !share || !share_at_one) return std::nullopt;
  GradientChange change;
  change.cosine = cosine->mean;
  change.cosine_median = cosine->median;
  change.share = share->mean;
  change.share_median = share->median;
  change.share_at_one = share_at_one->mean;
  change.share_at_one_median = share_at_one->median;
  change.positions = cosine->count;
  if (const SummaryRow* ratio = view.row(student, prefix + "_grad_ratio_tau1", tau))
    change.ratio = ratio->median;
  return change;
}

GradientChange by_medians(GradientChange change) {
  change.cosine = change.cosine_median;
  change.share = change.share_median;
  change.share_at_one = change.share_at_one_median;
  return change;
}

}  // namespace

ChangeKind kind_of(const GradientChange& change) {
  if (change.cosine < cosine_near_one)
    return change.rise() >= share_rise ? ChangeKind::enriched : ChangeKind::turned;
  const bool moved = change.ratio && *change.ratio > 0 && std::abs(std::log(*change.ratio)) >= ratio_moved;
  return moved ? ChangeKind::rescaled : ChangeKind::unchanged;
}

Asymmetry compare(const GradientChange& forward, const GradientChange& reverse) {
  const double turned_more = reverse.cosine - forward.cosine;  // forward KL turned more where positive
  const double rose_more = forward.rise() - reverse.rise();
  const auto side = [](double difference) {
    return difference >= alike_within ? 1 : difference <= -alike_within ? -1 : 0;
  };
  const int by_cosine = side(turned_more), by_share = side(rose_more);
  if (by_cosine == 0 && by_share == 0) return Asymmetry::alike;
  if (by_cosine * by_share < 0) return Asymmetry::mixed;
  if (by_cosine + by_share < 0) return Asymmetry::reverse_more;
  const ChangeKind f = kind_of(forward), r = kind_of(reverse);
  const bool kept = r == ChangeKind::rescaled || r == ChangeKind::unchanged;
  return f == ChangeKind::enriched && kept ? Asymmetry::visible : Asymmetry::forward_more;
}

std::vector<StudentFinding> findings_of(const TableView& view) {
  std::vector<StudentFinding> out;
  for (const std::string& student : view.students()) {
    StudentFinding finding{student, {}};
    for (const double tau : view.taus()) {
      if (same_tau(tau, 1)) continue;
      const auto forward = change_of(view, student, "fkl", tau),
                 reverse = change_of(view, student, "rkl", tau);
      if (!forward || !reverse) continue;
      finding.taus.push_back({tau, *forward, *reverse, compare(*forward, *reverse),
                              compare(by_medians(*forward), by_medians(*reverse))});
    }
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace tauscope
