// Text metrics that need no fonts, and small builders shared by the figure tests.
#pragma once

#include "core/figure/layout.h"

namespace tauscope::test {

/// Every character is 0.6 of the size wide, a line 1.16 high.
class FixedMetrics final : public TextMetrics {
 public:
  TextExtent measure(std::string_view text, double size, bool bold) const override;
};

template <class P>
std::vector<const P*> all_of(const Scene& scene) {
  std::vector<const P*> out;
  for (const Primitive& primitive : scene.primitives)
    if (const auto* p = std::get_if<P>(&primitive)) out.push_back(p);
  return out;
}

/// Fails if two texts overlap or one leaves the page.
void require_tidy_text(const Scene& scene, const TextMetrics& metrics);

/// One panel with two lines and a band over the usual temperatures.
Figure tau_figure(Scale y_scale = Scale::linear);

}  // namespace tauscope::test
