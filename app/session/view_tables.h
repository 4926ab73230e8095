// The tables of the workbench as plain cells, so that the window shows, sorts, copies and saves the same
// thing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/session/session.h"

namespace tauscope {

struct ViewTable {
  struct Column {
    std::string name;    ///< heading
    std::string help;    ///< hovered
    bool number = true;  ///< right-aligned, sorted by value
  };
  struct Cell {
    std::string text;                    ///< as shown; numbers in up to 5 significant digits
    double value = RowStatistics::none;  ///< of a number, in full; written to files
  };
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::string note;  ///< why there are no rows, or what they belong to
};

struct TableInfo {
  const char* name;  ///< "token", "comparison", "examples", …
  const char* title;
  Tab tab;
  const char* help;
};

/// Every table: "top_tokens" (distribution and gradients of the pinned token), "token" (its scalars, one
/// column per student), "comparison" (quantities of A and B over the example with their difference),
/// "examples" (per-example means over the data set), "summary" (the data set over τ).
std::span<const TableInfo> table_infos();
ViewTable view_table(const Session& session, std::string_view name);

enum class TableFormat { csv, markdown, latex };
/// Numbers in full in CSV, as shown otherwise; LaTeX is a booktabs tabular with its text escaped.
std::string format_table(const ViewTable& table, TableFormat format);
/// "csv", "markdown" | "md", "latex" | "tex". Throws Error::usage.
TableFormat table_format(std::string_view name);

}  // namespace tauscope
