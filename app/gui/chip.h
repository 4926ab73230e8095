// Small text on a ground of its own, over whatever is drawn there.
#pragma once

#include <imgui.h>

#include <string_view>

#include "app/gui/panel.h"

namespace tauscope::gui {

/// In pixels, its padding included. Line ends are kept, everything else is as screen_text() shows it.
ImVec2 chip_size(const PanelContext& context, std::string_view text);
/// With its upper left corner at `at`.
void draw_chip(const PanelContext& context, ImDrawList& list, ImVec2 at, std::string_view text, Colour ink);

}  // namespace tauscope::gui
