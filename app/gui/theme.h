// Colours and sizes of the window.
#pragma once

#include "app/session/view_state.h"
#include "core/figure/colour.h"
#include "core/figure/style.h"

namespace tauscope::gui {

struct Theme {
  bool dark = true;
  float em = 16;    ///< pixels of a line of text: font size times display scale times the user's scale
  float scale = 1;  ///< pixels per point of a figure
  Style figure;     ///< how plots look; sizes already in pixels
  Colour background, panel, ink, muted, accent, warning, error, good, highlight;
};

/// `scale`: display scale times the user's. Also sets ImGui's style (colours, paddings, roundings).
Theme apply_theme(tauscope::Theme choice, float scale);

}  // namespace tauscope::gui
