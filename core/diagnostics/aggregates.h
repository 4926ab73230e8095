// From the statistics of single positions to the rows of summary.csv, in bounded memory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/column_store.h"
#include "core/diagnostics/example_statistics.h"
#include "core/diagnostics/position_groups.h"
#include "core/diagnostics/tables.h"

namespace tauscope {

/// Collects finished examples; values beyond the spec's row_buffer_bytes spill to `folder`.
class Aggregates {
 public:
  Aggregates(std::vector<std::string> students, const AnalysisSpec& spec, std::filesystem::path folder);

  void add(const ExampleStatistics& example);

  /// Rows by student, tau, group, quantity; a group without any value has none.
  std::vector<SummaryRow> summarise() const;

  std::int64_t positions() const { return store_.rows(); }
  std::uint64_t spilled_bytes() const { return store_.spilled_bytes(); }
  bool too_many_categories() const { return slots_.too_many_categories(); }

 private:
  class Walker;

  std::vector<std::string> students_;
  AnalysisSpec spec_;
  GroupSlots slots_;
  ColumnStore store_;
  std::vector<double> staging_;  // (columns, rows) of the example that is being added
};

}  // namespace tauscope
