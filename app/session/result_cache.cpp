#include "app/session/result_cache.h"

namespace tauscope {

bool RowsKey::holds(ColumnSet wanted) const {
  StatisticsSpec spec;
  spec.set = set;
  spec.columns = columns;
  return (wanted & ~wanted_columns(spec)) == 0;
}

std::uint64_t DetailResult::bytes() const {
  std::uint64_t total = sizeof(*this) + detail.entries.size() * sizeof(PositionDetail::Entry);
  for (const auto& entry : detail.entries)
    total += entry.label.size();
  for (const auto* values : {&detail.bin_low, &detail.teacher_mass, &detail.student_mass, &detail.head_rank,
                             &detail.fkl_head_share, &detail.rkl_head_share}) {
    total += values->size() * sizeof(double);
  }
  return total;
}

std::uint64_t CurvesResult::bytes() const {
  std::uint64_t total = sizeof(*this) + taus.size() * sizeof(double) + cells.size() * sizeof(RowStatistics);
  for (const Curve& curve : columns) {
    total += sizeof(curve) +
             (curve.mean.size() + curve.p25.size() + curve.median.size() + curve.p75.size()) * sizeof(double);
  }
  return total;
}

std::uint64_t ObjectivesResult::bytes() const {
  std::uint64_t total = sizeof(*this) + taus.size() * sizeof(double);
  for (const Side& side : sides)
    total += (side.gradient.size() + side.values.size() + side.norms.size()) * sizeof(double);
  return total;
}

}  // namespace tauscope
