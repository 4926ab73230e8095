#include "app/gui/surface.h"

#include <imgui.h>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/figure/cairo_renderer.h"

namespace tauscope::gui {

void write_png(const Pixels& pixels, const std::filesystem::path& path) {
  Scene scene;  // one picture that fills its page, a pixel for a pixel
  scene.size = {static_cast<double>(pixels.width), static_cast<double>(pixels.height)};
  scene.title = "TauScope";
  scene.add(Image{{0, 0, scene.size.width, scene.size.height},
                  pixels.width,
                  pixels.height,
                  std::make_shared<const std::vector<Colour>>(pixels.colours)});
  if (path.has_parent_path()) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);  // what is wrong shows when writing
  }
  write_file_atomically(path, render(scene, ImageFormat::png, 72));
}

ImGuiOwner::ImGuiOwner() {
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;  // the layout is saved with the session
  io.LogFilename = nullptr;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  io.ConfigInputTextCursorBlink = true;
}

ImGuiOwner::~ImGuiOwner() {
  ImGui::DestroyContext();
}

}  // namespace tauscope::gui
