// tokens.csv: one row per example, position, student and temperature.
//
// Columns: example, position, token_id, token, student, tau, then every column of statistics_columns() in its
// order (those of the contract first), and, only where vocabularies were cut to their shared entries,
// teacher_dropped_mass and student_dropped_mass: the probability, at the row's tau, of the entries that were
// left out. Beyond the contract:
//   top_k_overlap                             |top-k of p and top-k of q| / k
//   fkl_nd_share, rkl_nd_share                share of the divergence's own sum outside the dominant set
//   fkl_target_share_l2, rkl_target_share_l2  g_y^2 / |g|^2
//   rkl_tckd, rkl_nckd                        RKL = rkl_tckd + (1 - q_y) rkl_nckd
// Where a position has no target, token_id, token and the columns that need a target are empty.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/diagnostics/example_statistics.h"

namespace tauscope {

class TokensTable {
 public:
  /// Writes `path`, gzip where its name ends in .gz.
  TokensTable(const std::filesystem::path& path, std::vector<std::string> students, std::vector<double> taus,
              bool dropped_mass);

  void add(const ExampleStatistics& example);
  /// Puts the file in place; without it nothing appears.
  void commit() { out_.commit(); }

 private:
  std::vector<std::string> students_;
  std::vector<double> taus_;
  bool dropped_mass_;
  CsvWriter out_;
};

}  // namespace tauscope
