// What the kernels found for one finished unit of work: an example, or a chunk of rows that stand alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope {

struct ExampleStatistics {
  std::int64_t example = 0;
  std::string category;
  std::vector<std::int64_t> positions;  ///< (rows)
  std::vector<std::int64_t> targets;    ///< (rows), or empty where none is known; -1 = none
  std::vector<std::string> tokens;      ///< (rows): the targets' bytes; empty where the caller wants none
  std::vector<double> teacher_entropy;  ///< (rows): at tau = 1, in nats
  std::vector<std::vector<RowStatistics>> students;  ///< per student: (rows, taus), row-major
  /// Probability of the vocabulary entries that `--vocab intersect` left out, (rows, taus); empty where
  /// nothing is ever left out.
  std::vector<double> teacher_dropped_mass;
  std::vector<std::vector<double>> student_dropped_mass;  ///< per student

  std::size_t rows() const { return positions.size(); }
  bool has_target(std::size_t row) const { return !targets.empty() && targets[row] >= 0; }
};

}  // namespace tauscope
