// An example as wrapped tokens, coloured by a quantity. Hovering previews, a click pins.
#pragma once

#include <imgui.h>

#include <span>
#include <string>
#include <vector>

#include "app/gui/colour_scale.h"
#include "app/gui/panel.h"
#include "app/gui/token_layout.h"

namespace tauscope::gui {

/// What one strip shows.
struct StripContent {
  std::span<const double> values;  ///< one per scored position, or empty: none yet
  ColourScale scale;
  std::string value_name;  ///< with the student and what it is measured against
  double tau = 1;          ///< that the values belong to
  bool is_current = true;  ///< false: drawn dimmed
};

class TokenStrip {
 public:
  /// Draws into a child window of `size`; the session has an example.
  /// `scroll`: shared by strips of the same example that stay side by side.
  void draw(PanelContext& context, const char* id, const StripContent& content, const ImVec2& size,
            float* scroll = nullptr);

 private:
  struct Geometry {
    ImVec2 corner{};
    float line = 0, height = 0, pad = 0;
  };
  void draw_cell(PanelContext& context, const TokenCell& cell, const StripContent& content,
                 const Geometry& at) const;
  void draw_frames(PanelContext& context, const Geometry& at);
  /// Scrolls to a token that was pinned elsewhere; the place that it scrolled to.
  std::optional<float> follow_pinned(PanelContext& context, const Geometry& at);
  const TokenCell* under_cursor(const Geometry& at) const;
  void explain(PanelContext& context, const TokenCell& cell, const StripContent& content) const;

  TokenLayout layout_;
  /// A new example is shown from where its response begins.
  std::optional<float> show_response(const ScoredExample& example, const Geometry& at);

  std::uint64_t example_ = 0;  ///< that is in sight
  std::uint64_t layout_seen_ = 0;
  std::optional<std::int64_t> followed_;  ///< the pinned token that was scrolled to
};

/// Whether a token's text contains what is searched for (ASCII case ignored), as the session's search has it.
bool matches_search(const std::string& bytes, const std::string& search);

}  // namespace tauscope::gui
