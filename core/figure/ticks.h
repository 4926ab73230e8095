// Where an axis gets its ticks, and what they say.
#pragma once

#include <string>
#include <vector>

#include "core/figure/axis_map.h"
#include "core/figure/style.h"
#include "core/figure/text_metrics.h"

namespace tauscope {

struct Tick {
  double value = 0;
  double point = 0;
  std::string label;  ///< empty: a short mark without a number
};

/// Ticks inside the axis' limits whose labels do not touch: steps of 1, 2 or 5 on a linear axis; decades with
/// unlabelled ticks between them on a log axis, with 2 and 5 labelled too where there are few decades, and
/// plain numbers where the axis spans less than one; exactly the axis' own ticks, with four digits, where it
/// has some.
std::vector<Tick> choose_ticks(const Axis& axis, const AxisMap& map, bool vertical, const Style& style,
                               const TextMetrics& metrics);

/// A tick of a linear axis whose ticks are `step` apart and at most `largest` in size: "0.25", "−3",
/// "1.5×10⁶". All ticks of an axis get the same power of ten.
std::string tick_label(double value, double step, double largest);

/// "10⁻⁴", "2×10⁵".
std::string power_label(double value);

}  // namespace tauscope
