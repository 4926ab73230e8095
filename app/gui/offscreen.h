// Drawing without a display: OpenGL in memory, for scripts, screenshots, tests and benchmarks.
#pragma once

#include <memory>

#include "app/gui/surface.h"

namespace tauscope::gui {

/// `width` by `height` units of the design at `scale` pixels each. Draws through a surfaceless EGL context
/// (Mesa), else in a hidden window if there is a display. Throws Error::failed where neither works.
std::unique_ptr<Surface> make_offscreen(int width, int height, float scale);

}  // namespace tauscope::gui
