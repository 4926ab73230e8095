#include "app/gui/key_queue.h"

#include <string>

#include "tests/support/catch.h"

using tauscope::gui::KeyEvent;
using tauscope::gui::KeyQueue;

namespace {

// GLFW's values.
constexpr int released = 0, pressed = 1, repeated = 2, control = 2;
constexpr int key_enter = 257, key_left_control = 341;

KeyEvent key(int code, int action, int modifiers = 0) {
  return {KeyEvent::Kind::key, code, 0, action, modifiers, 0};
}
KeyEvent letter(char c) {
  return {KeyEvent::Kind::letter, 0, 0, 0, 0, static_cast<unsigned>(c)};
}

struct Frames {
  std::string now;
  KeyQueue queue{[this](const KeyEvent& event) {
    if (event.kind == KeyEvent::Kind::letter) {
      now.push_back(static_cast<char>(event.letter));
      return;
    }
    now.push_back('<');
    now.push_back(event.action == released ? '-' : event.action == repeated ? '=' : '+');
    now.append(std::to_string(event.key)).push_back('>');
  }};
  std::string next() {
    now.clear();
    queue.begin_frame();
    return now;
  }
};

}  // namespace

TEST_CASE("a key pressed and let go between two frames is down for one") {
  Frames frames;
  for (const KeyEvent& event : {key(key_left_control, pressed), key('S', pressed, control),
                                key('S', released, control), key(key_left_control, released)})
    frames.queue.push(event);
  CHECK(frames.next() == "<+341><+83>");
  CHECK_FALSE(frames.queue.empty());
  CHECK(frames.next() == "<-83><-341>");
  CHECK(frames.queue.empty());
  CHECK(frames.next().empty());
}

TEST_CASE("letters wait for what was pressed before them, and come together otherwise") {
  Frames frames;
  for (const KeyEvent& event :
       {key('A', pressed, control), letter('x'), letter('y'), key(key_enter, pressed), letter('z')})
    frames.queue.push(event);
  CHECK(frames.next() == "<+65>");
  CHECK(frames.next() == "xy<+257>");
  CHECK(frames.next() == "z");
}

TEST_CASE("typing goes at the speed of typing") {
  Frames frames;
  for (const char c : std::string("path")) {
    frames.queue.push(key(c - 32, pressed));
    frames.queue.push(letter(c));
  }
  CHECK(frames.next() == "<+80>p<+65>a<+84>t<+72>h");
  frames.queue.push(key('P', repeated));
  frames.queue.push(letter('p'));
  frames.queue.push(key('P', repeated));
  frames.queue.push(letter('p'));
  CHECK(frames.next() == "<=80>p<=80>p");
}
