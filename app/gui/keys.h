// Keys by name, over both ways in which Dear ImGui has known them: native codes up to 1.86 (GLFW's), its own
// from 1.87 on.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <string>

namespace tauscope::gui {

enum class Key : std::uint8_t {
  none,
  left,
  right,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  escape,
  backspace,
  space,
  tab,
  f1,
  f3,
  minus,
  equal,
  bracket_left,
  bracket_right,
  digit_0,
  digit_1,
  digit_2,
  digit_3,
  digit_4,
  digit_5,
  digit_6,
  digit_7,
  digit_8,
  digit_9,
  a,
  b,
  c,
  d,
  e,
  f,
  g,
  h,
  i,
  j,
  k,
  l,
  m,
  n,
  o,
  p,
  q,
  r,
  s,
  t,
  u,
  v,
  w,
  x,
  y,
  z,
};

/// Down since this frame; with `repeat` also when the keyboard repeats it. The keypad's twin counts too.
bool key_pressed(Key key, bool repeat = false);

/// GLFW's code, which the window puts into ImGui 1.86's table of keys; tests press keys with it.
int native_key(Key key);

#if IMGUI_VERSION_NUM >= 18700
ImGuiKey imgui_key(Key key);
#endif

struct Shortcut {
  Key key = Key::none;
  bool ctrl = false, shift = false;
  bool operator==(const Shortcut&) const = default;
};
std::string shortcut_text(const Shortcut& shortcut);  ///< "Ctrl+Shift+C"; "" for none

/// With exactly its modifiers (shift is free where it makes the character: Ctrl and +).
bool shortcut_pressed(const Shortcut& shortcut, bool repeat);

}  // namespace tauscope::gui
