// A plot with its title, its meaning and the controls that belong to it; and a grid of such cards.
#pragma once

#include <imgui.h>

#include <functional>

#include "app/gui/plot_view.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

struct Card {
  const char* plot = "";
  float height = 1;   ///< its row's share of the height that is left over
  bool wide = false;  ///< takes a whole row
  float least = 0;    ///< em of height, in place of the grid's …
  int columns = 1;    ///< … with all the figure's columns of panels side by side
  std::function<void(PanelContext&)> controls{};  ///< drawn beside the title
  std::function<PlotOptions(PanelContext&)> options{};
  std::function<void(PanelContext&, const PlotEvents&)> events{};
};

void draw_card(PanelContext& context, UiState& ui, const Card& card, const ImVec2& size);

/// Cards in rows of `columns`; all rows fit where each gets at least `least` em of height (or nearly), else
/// the grid scrolls.
void draw_cards(PanelContext& context, UiState& ui, const char* id, const std::vector<Card>& cards,
                int columns, float least);

}  // namespace tauscope::gui
