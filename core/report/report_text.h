// The sentences and tables of the report.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/report/findings.h"
#include "core/report/html.h"

namespace tauscope::detail {

/// Three significant digits: "0.0312", "1.2×10⁻⁵", "–" for a missing number.
std::string short_number(double value);

/// What is seen for one student: a headline, and the numbers behind it two rows per τ ≠ 1.
struct FindingText {
  std::string headline;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::string note;  ///< empty, or what qualifies the headline
};
FindingText describe(const StudentFinding& finding);

void add_student_tables(HtmlPage& page, const TableView& view, const std::string& student,
                        const Json& manifest);
void add_provenance(HtmlPage& page, const Json& manifest);
void add_definitions(HtmlPage& page, const Json& manifest);

}  // namespace tauscope::detail
