// What a user might do, in no sensible order.
#pragma once

#include <random>

#include "tests/app/gui/panels_window.h"

namespace tauscope::test {

inline void random_event(PanelsWindow& window, std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  switch (below(12)) {
    case 0:
    case 1:
    case 2:
      window.move_mouse(static_cast<float>(below(static_cast<int>(size.x))),
                        static_cast<float>(below(static_cast<int>(size.y))));
      break;
    case 3:
    case 4:
      window.mouse_button(below(8) == 0 ? 1 : 0, below(2) == 0);
      break;
    case 5:
      window.wheel(static_cast<float>(below(7) - 3));
      break;
    case 6:
    case 7:
      window.key(static_cast<gui::Key>(1 + below(static_cast<int>(gui::Key::z))), below(2) == 0);
      break;
    case 8:
      window.modifiers(below(3) == 0, below(3) == 0);
      break;
    case 9:
      ImGui::GetIO().AddInputCharacter(static_cast<unsigned>(below(8) == 0 ? below(0x3000) : 32 + below(95)));
      break;
    case 10:
      if (below(40) == 0) {
        window.resize(static_cast<float>(1 + below(2000)), static_cast<float>(1 + below(1400)), 1);
      } else if (below(20) == 0) {
        window.session().apply(OpenSources{below(4) == 0 ? Sources{} : some_sources()});
      } else if (below(20) == 0) {
        window.engine.fail_score = below(2) == 0;
        window.engine.fail_open = below(6) == 0;
      }
      break;
    default:
      break;
  }
}

}  // namespace tauscope::test
