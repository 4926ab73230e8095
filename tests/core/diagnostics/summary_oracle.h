// summary.csv computed again from tokens.csv, by sorting and plain sums: shares no code with the project's
// aggregation.
#pragma once

#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/diagnostics/tables.h"

namespace tauscope::test {

/// What the oracle must be told because tokens.csv does not have it.
struct OracleFacts {
  std::vector<std::string> category_of_example;  ///< in the order in which examples appear in the table
  bool average_example = false;
  std::size_t first_quantity = 6, end_quantity = 0;  ///< columns of the table; end 0 = all to the end
};

/// Checks every row of `summary`, and that no row is missing. `tokens` must hold tau = 1.
void check_summary(const CsvTable& tokens, const std::vector<SummaryRow>& summary, const OracleFacts& facts);

}  // namespace tauscope::test
