#include "app/engine/table_example.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"

namespace tauscope {

namespace {

std::size_t index_of(const TableExample& example, double tau) {
  const auto found = std::find(example.taus.begin(), example.taus.end(), tau);
  if (found != example.taus.end()) return static_cast<std::size_t>(found - example.taus.begin());
  throw Error::usage(fmt::format("the analysis has no tau = {}, and kept no logits of this example", tau))
      .expected(fmt::format("one of {}", fmt::join(example.taus, ", ")));
}

/// Norms carry tau (squared) or 1 / tau (none): from one to the other it takes tau^2. The ratio to tau = 1,
/// whose factor is 1 in both, likewise.
void rescale(RowStatistics& cell, double tau, TauScaling wanted) {
  const double factor = wanted == TauScaling::squared ? tau * tau : 1 / (tau * tau);
  for (double* value :
       {&cell.fkl_grad_l1, &cell.fkl_grad_l2, &cell.fkl_grad_linf, &cell.rkl_grad_l1, &cell.rkl_grad_l2,
        &cell.rkl_grad_linf, &cell.fkl_grad_ratio_tau1, &cell.rkl_grad_ratio_tau1})
    *value *= factor;
}

void forget_dominant(RowStatistics& cell) {
  for (double* value :
       {&cell.teacher_nd_mass, &cell.student_nd_mass, &cell.fkl_nd_share_l1, &cell.fkl_nd_share_l2,
        &cell.rkl_nd_share_l1, &cell.rkl_nd_share_l2, &cell.fkl_nd_share, &cell.rkl_nd_share})
    *value = RowStatistics::none;
}

}  // namespace

void table_statistics(const TableExample& example, std::size_t student, std::size_t first,
                      const StatisticsSpec& spec, std::span<RowStatistics> out) {
  const std::size_t rows = out.size() / spec.taus.size();
  if (student >= example.students.size() || first + rows > example.rows)
    throw Error::failed("", "the example, student or position asked for does not exist");
  std::vector<std::size_t> at;
  for (const double tau : spec.taus)
    at.push_back(index_of(example, tau));
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t k = 0; k < at.size(); ++k) {
      RowStatistics& cell = out[row * at.size() + k];
      cell = example.students[student][(first + row) * example.taus.size() + at[k]];
      if (spec.tau_scaling != example.tau_scaling) rescale(cell, spec.taus[k], spec.tau_scaling);
      if (!(spec.dominant == example.dominant)) forget_dominant(cell);
      if (spec.overlap_k != example.overlap_k) cell.top_k_overlap = RowStatistics::none;
    }
  }
}

}  // namespace tauscope
