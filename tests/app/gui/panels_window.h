// The whole window without a display: frames, clicks and keys, and the commands that they give.
#pragma once

#include <imgui.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <thread>

#include "app/gui/keys.h"
#include "app/gui/surface.h"
#include "app/gui/workbench.h"
#include "tests/app/gui/headless_gui.h"
#include "tests/app/session/fake_engine.h"

namespace tauscope::test {

class PanelsWindow {
 public:
  explicit PanelsWindow(float width = 1440, float height = 900, float scale = 1)
      : scale_(scale), bench(engine, {}, nullptr) {
    ImGuiIO& io = ImGui::GetIO();
    io.DeltaTime = 1.f / 60;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
#if IMGUI_VERSION_NUM < 18700
    // As the window's backend does it: ImGui's own fields ask for these.
    const std::pair<ImGuiKey, gui::Key> keys[] = {{ImGuiKey_LeftArrow, gui::Key::left},
                                                  {ImGuiKey_RightArrow, gui::Key::right},
                                                  {ImGuiKey_UpArrow, gui::Key::up},
                                                  {ImGuiKey_DownArrow, gui::Key::down},
                                                  {ImGuiKey_PageUp, gui::Key::page_up},
                                                  {ImGuiKey_PageDown, gui::Key::page_down},
                                                  {ImGuiKey_Home, gui::Key::home},
                                                  {ImGuiKey_End, gui::Key::end},
                                                  {ImGuiKey_Enter, gui::Key::enter},
                                                  {ImGuiKey_Escape, gui::Key::escape},
                                                  {ImGuiKey_Space, gui::Key::space},
                                                  {ImGuiKey_Backspace, gui::Key::backspace},
                                                  {ImGuiKey_A, gui::Key::a},
                                                  {ImGuiKey_C, gui::Key::c},
                                                  {ImGuiKey_V, gui::Key::v},
                                                  {ImGuiKey_X, gui::Key::x},
                                                  {ImGuiKey_Y, gui::Key::y},
                                                  {ImGuiKey_Z, gui::Key::z}};
    for (const auto& [imgui, key] : keys)
      io.KeyMap[imgui] = gui::native_key(key);
#endif
    resize(width, height, scale);
    move_mouse(-1, -1);
  }

  void resize(float width, float height, float scale) {
    ImGui::GetIO().DisplaySize = {width, height};
    scale_ = scale;
  }

  /// Draws; what the user did is applied, as the window does, and kept in `commands`.
  bool frame() {
    session().update();
    bench.prepare(scale_);
    ImGui::GetIO().Fonts->SetTexID({});
    ImGui::NewFrame();
    const auto given = bench.draw();
    ImGui::Render();
    const bool sound = all_sound(*ImGui::GetDrawData());
    for (const Command& command : given) {
      commands.push_back(command);
      if (applies(command)) session().apply(command);
    }
    return sound;
  }
  bool frames(int count) {
    bool sound = true;
    for (int i = 0; i < count; ++i)
      sound = frame() && sound;
    return sound;
  }
  void wait_idle() {
    for (int i = 0; i < 2000; ++i) {
      session().update();
      if (!session().busy()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  /// Opens sources that the fake engine takes, waits for everything, and lets the token go on which it
  /// opened.
  void open() {
    session().apply(OpenSources{some_sources()});
    wait_idle();
    frames(3);
    session().apply(PinToken{});
    wait_idle();
    frames(2);
    commands.clear();
  }

  void move_mouse(float x, float y) {
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMousePosEvent(x, y);
#else
    ImGui::GetIO().MousePos = {x, y};
#endif
  }
  void mouse_button(int button, bool down) {
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMouseButtonEvent(button, down);
#else
    ImGui::GetIO().MouseDown[button] = down;
#endif
  }
  void wheel(float by) {
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddMouseWheelEvent(0, by);
#else
    ImGui::GetIO().MouseWheel = by;
#endif
  }
  void click(float x, float y) {
    move_mouse(x, y);
    frame();
    mouse_button(0, true);
    frame();
    mouse_button(0, false);
    frames(2);
  }
  void key(gui::Key key, bool down) {
#if IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddKeyEvent(gui::imgui_key(key), down);
#else
    ImGui::GetIO().KeysDown[gui::native_key(key)] = down;
#endif
  }
  void modifiers(bool ctrl, bool shift) {
#if IMGUI_VERSION_NUM >= 18900
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Ctrl, ctrl);
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, shift);
#elif IMGUI_VERSION_NUM >= 18700
    ImGui::GetIO().AddKeyEvent(ImGuiKey_ModCtrl, ctrl);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_ModShift, shift);
#else
    ImGui::GetIO().KeyCtrl = ctrl;
    ImGui::GetIO().KeyShift = shift;
#endif
  }
  void press(gui::Key which, bool ctrl = false, bool shift = false) {
    modifiers(ctrl, shift);
    key(which, true);
    frame();
    key(which, false);
    modifiers(false, false);
    frames(2);
  }
  void type(const std::string& text) {
    for (const char c : text) {
      ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(c));
      frame();
    }
    frame();
  }

  template <typename Wanted>
  const Wanted* last() const {
    for (auto c = commands.rbegin(); c != commands.rend(); ++c)
      if (const Wanted* found = std::get_if<Wanted>(&*c)) return found;
    return nullptr;
  }

  Session& session() {
    return bench.session;
  }

  std::vector<Command> commands;
  /// Which commands reach the session; by default none that writes files.
  std::function<bool(const Command&)> applies = [](const Command& c) {
    return !std::holds_alternative<SaveFigure>(c) && !std::holds_alternative<SaveTable>(c) &&
           !std::holds_alternative<ExportAll>(c) && !std::holds_alternative<RunAnalysis>(c) &&
           !std::holds_alternative<Screenshot>(c);
  };
  FakeEngine engine;

 private:
  gui::ImGuiOwner owner_;
  float scale_ = 1;

 public:
  gui::Workbench bench;
};

}  // namespace tauscope::test
