#include "app/gui/keys.h"

#include <imgui.h>

#include <array>
#include <cstddef>

namespace tauscope::gui {

namespace {

struct KeyFacts {
  Key key;
  const char* name;
  int glfw;       ///< GLFW_KEY_…; letters and digits are ASCII there
  int glfw_twin;  ///< on the keypad; 0 = none
#if IMGUI_VERSION_NUM >= 18700
  ImGuiKey imgui, imgui_twin;
#endif
};

#if IMGUI_VERSION_NUM >= 18700
#define TS_KEY(key, name, glfw, twin, imgui, imgui_twin)                \
  KeyFacts {                                                            \
    Key::key, name, glfw, twin, ImGuiKey_##imgui, ImGuiKey_##imgui_twin \
  }
#else
#define TS_KEY(key, name, glfw, twin, imgui, imgui_twin) \
  KeyFacts {                                             \
    Key::key, name, glfw, twin                           \
  }
#endif

constexpr std::array special_keys{
    TS_KEY(left, "Left", 263, 0, LeftArrow, None),
    TS_KEY(right, "Right", 262, 0, RightArrow, None),
    TS_KEY(up, "Up", 265, 0, UpArrow, None),
    TS_KEY(down, "Down", 264, 0, DownArrow, None),
    TS_KEY(page_up, "PageUp", 266, 0, PageUp, None),
    TS_KEY(page_down, "PageDown", 267, 0, PageDown, None),
    TS_KEY(home, "Home", 268, 0, Home, None),
    TS_KEY(end, "End", 269, 0, End, None),
    TS_KEY(enter, "Enter", 257, 335, Enter, KeypadEnter),
    TS_KEY(escape, "Esc", 256, 0, Escape, None),
    TS_KEY(backspace, "Backspace", 259, 0, Backspace, None),
    TS_KEY(space, "Space", 32, 0, Space, None),
    TS_KEY(tab, "Tab", 258, 0, Tab, None),
    TS_KEY(f1, "F1", 290, 0, F1, None),
    TS_KEY(f3, "F3", 292, 0, F3, None),
    TS_KEY(minus, "-", 45, 333, Minus, KeypadSubtract),
    TS_KEY(equal, "+", 61, 334, Equal, KeypadAdd),
    TS_KEY(bracket_left, "[", 91, 0, LeftBracket, None),
    TS_KEY(bracket_right, "]", 93, 0, RightBracket, None),
};
#undef TS_KEY

const KeyFacts* special(Key key) {
  for (const KeyFacts& facts : special_keys)
    if (facts.key == key) return &facts;
  return nullptr;
}

/// '0'…'9', 'A'…'Z', or 0.
int ascii_of(Key key) {
  if (key >= Key::digit_0 && key <= Key::digit_9)
    return '0' + (static_cast<int>(key) - static_cast<int>(Key::digit_0));
  if (key >= Key::a && key <= Key::z) return 'A' + (static_cast<int>(key) - static_cast<int>(Key::a));
  return 0;
}

}  // namespace

int native_key(Key key) {
  if (const int ascii = ascii_of(key)) return ascii;
  const KeyFacts* facts = special(key);
  return facts ? facts->glfw : 0;
}

#if IMGUI_VERSION_NUM >= 18700
ImGuiKey imgui_key(Key key) {
  if (key >= Key::a && key <= Key::z)
    return static_cast<ImGuiKey>(ImGuiKey_A + (static_cast<int>(key) - static_cast<int>(Key::a)));
  if (key >= Key::digit_0 && key <= Key::digit_9)
    return static_cast<ImGuiKey>(ImGuiKey_0 + (static_cast<int>(key) - static_cast<int>(Key::digit_0)));
  const KeyFacts* facts = special(key);
  return facts ? facts->imgui : ImGuiKey_None;
}

bool key_pressed(Key key, bool repeat) {
  const auto pressed = [&](ImGuiKey code) {
    return code != ImGuiKey_None && ImGui::IsKeyPressed(code, repeat);
  };
  if (pressed(imgui_key(key))) return true;
  if (key >= Key::digit_0 && key <= Key::digit_9) {
    const int digit = static_cast<int>(key) - static_cast<int>(Key::digit_0);
    return pressed(static_cast<ImGuiKey>(ImGuiKey_Keypad0 + digit));
  }
  const KeyFacts* facts = special(key);
  return facts && pressed(facts->imgui_twin);
}
#else
bool key_pressed(Key key, bool repeat) {
  const auto pressed = [&](int code) { return code > 0 && ImGui::IsKeyPressed(code, repeat); };
  if (pressed(native_key(key))) return true;
  if (key >= Key::digit_0 && key <= Key::digit_9) {
    constexpr int keypad_0 = 320;
    return pressed(keypad_0 + static_cast<int>(key) - static_cast<int>(Key::digit_0));
  }
  const KeyFacts* facts = special(key);
  return facts && pressed(facts->glfw_twin);
}
#endif

std::string shortcut_text(const Shortcut& shortcut) {
  if (shortcut.key == Key::none) return "";
  std::string text = shortcut.ctrl ? "Ctrl+" : "";
  if (shortcut.shift) text += "Shift+";
  if (const int ascii = ascii_of(shortcut.key)) return text + static_cast<char>(ascii);
  const KeyFacts* facts = special(shortcut.key);
  return facts ? text + facts->name : "";
}

bool shortcut_pressed(const Shortcut& shortcut, bool repeat) {
  const ImGuiIO& io = ImGui::GetIO();
  const bool shift_is_free = shortcut.key == Key::equal || shortcut.key == Key::minus;
  if (io.KeyCtrl != shortcut.ctrl || io.KeyAlt || io.KeySuper) return false;
  if (!shift_is_free && io.KeyShift != shortcut.shift) return false;
  return key_pressed(shortcut.key, repeat);
}

}  // namespace tauscope::gui
