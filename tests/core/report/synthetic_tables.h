// Tables as an analysis would write them, with curves that a test chooses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/diagnostics/tables.h"

namespace tauscope::test {

struct SyntheticStudent {
  std::string name = "student";
  /// Mean cosine with τ = 1, and mean non-dominant share, by τ.
  std::function<double(double)> fkl_cosine, rkl_cosine, fkl_share, rkl_share;
};

/// The forward-KL gradient turns with τ, the reverse-KL gradient is only rescaled.
SyntheticStudent asymmetric_student(const std::string& name);
/// Both turn alike, as in the trained pair of the project's shared data.
SyntheticStudent symmetric_student(const std::string& name);

struct SyntheticSpec {
  std::vector<double> taus = {0.5, 1, 2, 4, 8};
  std::vector<std::string> categories = {"open_qa", "information_extraction", "brainstorming",
                                         "<b>bold & \"quoted\"</b>"};
  int positions = 90;  ///< of the longest response
};

/// Every table, with all quantities, quartiles, positions and categories.
AnalysisTables synthetic_tables(const std::vector<SyntheticStudent>& students,
                                const SyntheticSpec& spec = {});

Json synthetic_manifest(const std::vector<SyntheticStudent>& students, const SyntheticSpec& spec = {});

}  // namespace tauscope::test
