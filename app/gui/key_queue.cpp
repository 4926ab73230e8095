#include "app/gui/key_queue.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace tauscope::gui {

namespace {

bool is_modifier(int key) {
  return key >= GLFW_KEY_LEFT_SHIFT && key <= GLFW_KEY_RIGHT_SUPER;
}

/// Does something by itself, so that letters behind it belong to what it has done.
bool acts(const KeyEvent& event) {
  constexpr int chords = GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER;
  return event.action != GLFW_RELEASE && !is_modifier(event.key) &&
         (event.key >= GLFW_KEY_ESCAPE || (event.modifiers & chords) != 0);
}

}  // namespace

void KeyQueue::begin_frame() {
  std::set<int> changed;
  bool acted = false;
  while (!waiting_.empty()) {
    const KeyEvent event = waiting_.front();
    if (event.kind == KeyEvent::Kind::letter) {
      if (acted) return;
    } else {
      if (event.action != GLFW_REPEAT && !changed.insert(event.key).second) return;
      acted = acted || acts(event);
    }
    waiting_.pop_front();
    deliver_(event);
  }
}

}  // namespace tauscope::gui
