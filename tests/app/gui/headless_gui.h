// ImGui with the window's fonts and no display: what is drawn ends in vertices that a test can look at.
#pragma once

#include <imgui.h>

#include <cmath>
#include <functional>

#include "app/gui/fonts.h"
#include "app/gui/scene_renderer.h"
#include "app/gui/surface.h"
#include "app/gui/theme.h"

namespace tauscope::test {

class HeadlessGui {
 public:
  explicit HeadlessGui(float width = 800, float height = 600, float scale = 1) : renderer(fonts) {
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {width, height};
    io.DeltaTime = 1.f / 60;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    theme = gui::apply_theme(tauscope::Theme::dark, scale);
    scale_ = scale;
  }

  /// One frame with a window over the whole display.
  ImDrawData& frame(const std::function<void()>& draw) {
    fonts.update(scale_);
    ImGui::GetIO().Fonts->SetTexID({});
    ImGui::NewFrame();
    renderer.begin_frame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("test", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings);
    draw();
    ImGui::End();
    ImGui::Render();
    return *ImGui::GetDrawData();
  }

 private:
  gui::ImGuiOwner owner_;  // first: everything else needs its context
  float scale_ = 1;

 public:
  gui::Fonts fonts;
  gui::SceneRenderer renderer;
  gui::Theme theme;
};

/// Every vertex of a frame is a number near the display.
inline bool all_sound(const ImDrawData& data) {
  for (int l = 0; l < data.CmdListsCount; ++l)
    for (const ImDrawVert& v : data.CmdLists[l]->VtxBuffer)
      if (!std::isfinite(v.pos.x) || !std::isfinite(v.pos.y) || std::abs(v.pos.x) > 2e6f ||
          std::abs(v.pos.y) > 2e6f || !std::isfinite(v.uv.x) || !std::isfinite(v.uv.y))
        return false;
  return true;
}

}  // namespace tauscope::test
