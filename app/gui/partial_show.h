// Parts of a window's buffer brought to the screen without a swap, after which the buffer keeps what it
// holds.
#pragma once

#include <optional>
#include <vector>

#include "app/gui/frame_changes.h"

namespace tauscope::gui {

/// GLX_MESA_copy_sub_buffer, which Mesa's software renderers have on X11.
class PartialShow {
 public:
  /// For the current GLFW window; none where its display cannot do this.
  static std::optional<PartialShow> find();

  /// `height`: of the window, in pixels.
  void show(const std::vector<PixelArea>& areas, int height) const;

 private:
  using Display = void* (*)();
  using Drawable = unsigned long (*)();
  using Copy = void (*)(void*, unsigned long, int, int, int, int);

  Display display_ = nullptr;
  Drawable drawable_ = nullptr;
  Copy copy_ = nullptr;
};

}  // namespace tauscope::gui
