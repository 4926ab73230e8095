// Ten thousand things that a user might do, in no sensible order, always the same ones: nothing crashes,
// every frame is sound.
#include "tests/app/gui/random_events.h"
#include "tests/support/catch.h"

using namespace tauscope;
using gui::Key;

TEST_CASE("panels: ten thousand random events crash nothing") {
  test::PanelsWindow window(900, 640);
  window.engine.rows = 10;
  window.engine.vocab = 60;
  const auto writes_nothing = window.applies;
  window.applies = [&](const Command& command) {
    return writes_nothing(command) && !std::holds_alternative<Quit>(command) &&
           !std::holds_alternative<SetUiScale>(
               command);  // each scale is a new atlas: slow, and tested elsewhere
  };
  window.open();
  std::mt19937 random(20260606);
  int sound = 0, frames = 0;
  for (int event = 0; event < 10000; ++event) {
    test::random_event(window, random);
    if (event % 3 == 0) {
      ++frames;
      sound += window.frame() ? 1 : 0;
    }
  }
  CHECK(sound == frames);
  CHECK(window.commands.size() > 100);
}
