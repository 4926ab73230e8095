// The columns of tokens.csv as a person reads them: name, unit, meaning, and how to colour by them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernels/statistics.h"

namespace tauscope::gui {

struct Quantity {
  const char* column;                                        ///< as in tokens.csv
  const char* group;                                         ///< heading in menus
  const char* name;                                          ///< "Forward KL"
  const char* unit;                                          ///< "nats", or ""
  const char* help;                                          ///< one or two sentences with the formula
  enum class Range { from_zero, unit, cosine, free } range;  ///< natural ends of its colour scale
};

/// Every column, grouped as menus show them.
std::span<const Quantity> quantities();
/// Null for a column that is not among them.
const Quantity* find_quantity(std::string_view column);
/// Readable name; the column's own where it is not known.
std::string quantity_name(std::string_view column);
double RowStatistics::*quantity_member(std::string_view column);

/// Up to `digits` significant digits with a true minus sign; "–" for a value that does not exist, "∞" for
/// infinity.
std::string number_text(double value, int digits = 4);

}  // namespace tauscope::gui
