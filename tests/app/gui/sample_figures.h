// Figures that between them use every kind of series and every primitive.
#pragma once

#include <vector>

#include "core/figure/figure.h"

namespace tauscope::test {

/// Lines with dashes and markers, bands, bars, histograms, intervals, scatter, heat map, rules; log axes;
/// names at ticks; gaps.
std::vector<Figure> sample_figures();

/// A noisy line of n points.
Figure long_line(std::size_t n);

}  // namespace tauscope::test
