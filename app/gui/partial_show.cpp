#include "app/gui/partial_show.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace tauscope::gui {

std::optional<PartialShow> PartialShow::find() {
  if (!glfwExtensionSupported("GLX_MESA_copy_sub_buffer")) return std::nullopt;
  PartialShow out;
  out.display_ = reinterpret_cast<Display>(glfwGetProcAddress("glXGetCurrentDisplay"));
  out.drawable_ = reinterpret_cast<Drawable>(glfwGetProcAddress("glXGetCurrentDrawable"));
  out.copy_ = reinterpret_cast<Copy>(glfwGetProcAddress("glXCopySubBufferMESA"));
  if (!out.display_ || !out.drawable_ || !out.copy_ || !out.display_() || !out.drawable_())
    return std::nullopt;
  return out;
}

void PartialShow::show(const std::vector<PixelArea>& areas, int height) const {
  for (const PixelArea& area : areas)
    copy_(display_(), drawable_(), area.x0, height - area.y1, area.x1 - area.x0, area.y1 - area.y0);
}

}  // namespace tauscope::gui
