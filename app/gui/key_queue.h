// Keys in the order in which they were pressed, spread over frames. ImGui before 1.87 sees only whether a key
// is down when a frame begins: one that was pressed and let go since the last frame would be lost, and a
// letter typed behind Ctrl+A would come before it. Later versions do this themselves.
#pragma once

#include <deque>
#include <functional>
#include <set>

namespace tauscope::gui {

struct KeyEvent {
  enum class Kind { key, letter };
  Kind kind = Kind::key;
  int key = 0, scancode = 0, action = 0, modifiers = 0;  ///< as GLFW's callback gets them
  unsigned letter = 0;
};

class KeyQueue {
 public:
  /// `deliver` hands an event to ImGui.
  explicit KeyQueue(std::function<void(const KeyEvent&)> deliver) : deliver_(std::move(deliver)) {}

  void push(const KeyEvent& event) { waiting_.push_back(event); }
  /// Before each frame: delivers what one frame can hold. A frame takes one change of each key, and no letter
  /// behind a key that acts (Ctrl with another, Enter, Tab, …).
  void begin_frame();
  bool empty() const { return waiting_.empty(); }

 private:
  std::function<void(const KeyEvent&)> deliver_;
  std::deque<KeyEvent> waiting_;
};

}  // namespace tauscope::gui
