// A window on the screen (GLFW 3.3, OpenGL 3.2 core).
#pragma once

#include <memory>
#include <optional>

#include "app/gui/surface.h"

namespace tauscope::gui {

struct WindowOptions {
  int width = 1440, height = 900;  ///< in units of the design
  std::optional<float> scale{};    ///< in place of the display's own
  bool visible = true;
};

/// Throws Error::failed where there is no display or its OpenGL is too old, naming the commands that need
/// neither.
std::unique_ptr<Surface> make_window(const WindowOptions& options);

}  // namespace tauscope::gui
