// From a figure to primitives: ticks, margins, decimation to pixel columns, clipping, legend.
#pragma once

#include "core/figure/figure.h"
#include "core/figure/scene.h"
#include "core/figure/style.h"
#include "core/figure/text_metrics.h"

namespace tauscope {

/// Labels neither overlap nor leave the page; a line of any length becomes at most four points per pixel
/// column. Throws Error::failed if the figure is inconsistent (see check()) or has no room to draw in.
Scene layout(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style);

}  // namespace tauscope
