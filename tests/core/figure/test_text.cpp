#include "core/figure/text_metrics.h"

#include "core/figure/ticks.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::FixedMetrics;

TEST_CASE("text is shortened in the middle to the width it has") {
  const FixedMetrics metrics;
  CHECK(shortened("short", 100, 10, false, metrics) == "short");
  const std::string text = shortened("abcdefghijklmnop", 60, 10, false, metrics);
  CHECK(metrics.measure(text, 10, false).width <= 60);
  CHECK(text == "abcde…mnop");
  CHECK(shortened("ααααααααα", 30, 10, false, metrics) == "αα…αα");
}

TEST_CASE("text is broken at spaces") {
  const FixedMetrics metrics;
  CHECK(wrapped("one two three", 48, 10, false, 3, metrics) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("cosine with τ = 1, forward", 96, 10, false, 3, metrics) ==
        std::vector<std::string>{"cosine with", "τ = 1, forward"});
  CHECK(wrapped("", 48, 10, false, 3, metrics).empty());
  for (const auto& line :
       wrapped("a line that never ends because it has many words", 48, 10, false, 2, metrics))
    CHECK(metrics.measure(line, 10, false).width <= 48);
  CHECK(wrapped("a b", 48, 10, false, 1, metrics) == std::vector<std::string>{"a b"});
}

TEST_CASE("rotated text covers a standing rectangle") {
  const FixedMetrics metrics;
  Text text{{50, 50}, "abcd", 10, {}, HorizontalAlign::left, VerticalAlign::top};
  CHECK(bounds(text, metrics).width == Approx(24));
  CHECK(bounds(text, metrics).height == Approx(11.6));
  text.rotation = 90;  // reads upwards: to the right of the anchor, above it
  const Rect r = bounds(text, metrics);
  CHECK(r.x == Approx(50));
  CHECK(r.width == Approx(11.6));
  CHECK(r.y == Approx(26));
  CHECK(r.height == Approx(24));
}

TEST_CASE("numbers at ticks") {
  CHECK(tick_label(0, 0.2, 1) == "0");
  CHECK(tick_label(0.2 + 0.1, 0.1, 1) == "0.3");
  CHECK(tick_label(-5, 5, 10) == "−5");
  CHECK(tick_label(1.5e6, 5e5, 2e6) == "1.5×10⁶");
  CHECK(tick_label(1e6, 1e6, 3e6) == "10⁶");
  CHECK(power_label(1e-12) == "10⁻¹²");
  CHECK(power_label(2e5) == "2×10⁵");
}
