// What every part of the window is given and gives back: it draws from a const Session and returns commands.
#pragma once

#include <string>
#include <vector>

#include "app/gui/theme.h"
#include "app/session/plots.h"
#include "app/session/session.h"

namespace tauscope::gui {

class SceneRenderer;  // scene_renderer.h
class Fonts;          // fonts.h

struct PanelContext {
  const Session& session;
  PlotBook& plots;
  SceneRenderer& renderer;
  const Theme& theme;
  const Fonts& fonts;
  std::vector<Command>& out;  ///< what the user did in this frame, applied after drawing
  /// Positions that the cursor previews; set by whoever is hovered, taken by the window after drawing.
  std::optional<std::int64_t>& hovered;

  const ViewState& view() const { return session.view(); }
  /// A length in pixels that follows font size and display scale: 1 em = the height of a line of text.
  float em(float n) const { return n * theme.em; }
};

/// One part of the window. Keeps only what is about drawing (scroll positions, open pop-ups).
class Panel {
 public:
  virtual ~Panel() = default;
  virtual const char* title() const = 0;
  /// Draws into the current ImGui window or child.
  virtual void draw(PanelContext& context) = 0;
};

}  // namespace tauscope::gui
