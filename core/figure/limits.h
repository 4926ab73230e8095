// How far axes reach.
#pragma once

#include <vector>

#include "core/figure/figure.h"

namespace tauscope {

struct Limits {
  double low = 0, high = 1;
};

struct PanelLimits {
  Limits x, y, colour;
};

/// Limits of every panel: the axis' own where it has them, else what the data need and a little more. Shared
/// limits (Figure::share_x, …) are those of all panels together. Always low < high, and positive on a log
/// axis.
std::vector<PanelLimits> limits_of(const Figure& figure);

/// The first heat map of a panel, or none.
const HeatMap* heat_map_of(const Panel& panel);

}  // namespace tauscope
