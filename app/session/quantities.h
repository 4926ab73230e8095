// The columns of tokens.csv as a person reads them: name, unit, meaning, axis, and how to colour by them. The
// one place for what menus, tables and plots call a quantity.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/figure/figure.h"
#include "kernels/statistics.h"

namespace tauscope {

struct Quantity {
  const char* column;  ///< as in tokens.csv
  const char* group;   ///< heading in menus
  const char* name;    ///< in menus and on axes: "Forward KL"
  /// In the rows of a table, short enough to be read whole beside numbers. "nd" is outside the dominant set,
  /// as in the command line's summary.
  const char* short_name;
  const char* unit;                                          ///< "nats", or ""
  const char* help;                                          ///< one or two sentences with the formula
  enum class Range { from_zero, unit, cosine, free } range;  ///< natural ends of its colour scale
  Scale scale;                                               ///< of its axis
  bool carries_scaling;                                      ///< a gradient's size: with or without τ²
};

/// Every column, grouped as menus show them.
std::span<const Quantity> quantities();
/// Null for a column that is not among them.
const Quantity* find_quantity(std::string_view column);
/// Readable name; the column's own where it is not known.
std::string quantity_name(std::string_view column);

std::string scaling_name(TauScaling scaling);
/// The unit, or for the size of a gradient what it carries.
std::string quantity_unit(const Quantity& quantity, TauScaling scaling);
/// Axis of a column: label in the terms of the mathematics, unit, scale.
Axis quantity_axis(std::string_view column, TauScaling scaling);

}  // namespace tauscope
