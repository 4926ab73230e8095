#include "tests/core/figure/fixed_metrics.h"

#include <algorithm>
#include <cmath>

#include "tests/support/catch.h"

namespace tauscope::test {

TextExtent FixedMetrics::measure(std::string_view text, double size, bool) const {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return {0.6 * size * static_cast<double>(characters), 0.93 * size, 0.23 * size};
}

void require_tidy_text(const Scene& scene, const TextMetrics& metrics) {
  const auto texts = all_of<Text>(scene);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Rect a = bounds(*texts[i], metrics);
    INFO("text '" << texts[i]->text << "' at " << a.x << ", " << a.y << " size " << a.width << " x "
                  << a.height);
    CHECK(a.x >= -1e-6);
    CHECK(a.y >= -1e-6);
    CHECK(a.right() <= scene.size.width + 1e-6);
    CHECK(a.bottom() <= scene.size.height + 1e-6);
    for (std::size_t k = i + 1; k < texts.size(); ++k) {
      INFO("and '" << texts[k]->text << "'");
      CHECK_FALSE(overlap(grown(a, -0.05), bounds(*texts[k], metrics)));
    }
  }
}

Figure tau_figure(Scale y_scale) {
  const std::vector<double> tau = {0.5, 1, 2, 4, 8};
  std::vector<double> forward, reverse, low, high;
  for (const double t : tau) {
    forward.push_back(0.3 / t);
    reverse.push_back(0.2 / std::sqrt(t));
    low.push_back(0.1 / t);
    high.push_back(0.8 / t);
  }
  Panel panel;
  panel.x = {"temperature τ"};
  panel.x.scale = Scale::log;
  panel.x.ticks = tau;
  panel.y = {"‖g‖₂", "τ² scaling", y_scale};
  panel.series = {{"forward KL", look_of(0), Band{tau, low, high}},
                  {"forward KL", look_of(0), Line{tau, forward, true}},
                  {"reverse KL", look_of(1), Line{tau, reverse, true}}};
  Figure figure;
  figure.title = "Gradient norms";
  figure.description = "Two lines & a band";
  figure.provenance = "made by a test <on purpose>";
  figure.panels = {panel};
  return figure;
}

}  // namespace tauscope::test
