// The temperature: a logarithmic slider with marks, and a field to type into.
#pragma once

#include <string>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

inline constexpr double tau_low = 0.1, tau_high = 20;

/// Where τ lies between the slider's ends, 0 … 1, and back; the way back rounds to three digits.
double slider_place(double tau);
double tau_at(double place);

/// Of the track with the numbers under it; more than a frame's.
float slider_height();

class TauSlider {
 public:
  explicit TauSlider(UiState& ui) : ui_(ui) {}
  /// `width` pixels in all, slider_height() high with the marks' numbers under the line.
  void draw(PanelContext& context, float width);

 private:
  void draw_track(PanelContext& context, float width);
  void draw_field(PanelContext& context, float width);

  UiState& ui_;
  std::string typed_;
  bool editing_ = false;
};

}  // namespace tauscope::gui
