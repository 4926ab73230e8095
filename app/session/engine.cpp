#include "app/session/engine.h"

namespace tauscope {

double DataSummary::example_mean(std::size_t student, std::size_t tau, std::size_t column,
                                 std::size_t example) const {
  const std::size_t columns = statistics_columns().size();
  const std::size_t at = ((student * taus.size() + tau) * columns + column) * examples.size() + example;
  const bool known = student < students.size() && tau < taus.size() && column < columns &&
                     example < examples.size() && at < example_means.size();
  return known ? example_means[at] : RowStatistics::none;
}

}  // namespace tauscope
