// The numbers of a figure, as they were given: what is drawn can be drawn again by any other program.
#pragma once

#include <filesystem>
#include <string>

#include "core/figure/figure.h"

namespace tauscope {

/// One row per point, bar, cell or rule, with full precision. Columns: panel, series, kind (line | band |
/// step | bar | interval | scatter | cell | rule), x_axis, y_axis (labels with units), x, x_low, x_high, y,
/// y_low, y_high, value (a cell's), label (the name of a category, the text of a rule). A column that a kind
/// does not have stays empty.
void write_figure_csv(const Figure& figure, const std::filesystem::path& path);

/// The same as text, for a clipboard.
std::string figure_csv(const Figure& figure);

}  // namespace tauscope
