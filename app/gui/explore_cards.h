// The plots of Explore with their controls.
#pragma once

#include <vector>

#include "app/gui/plot_card.h"

namespace tauscope::gui {

Card histogram_card();
/// `log`: as it is on a logarithmic scale.
Card gradients_card(bool log);
Card shares_card();
Card head_curve_card();
Card curves_card(UiState& ui);
Card heat_map_card();

/// What a plot over τ needs: the line at the current τ that can be dragged.
PlotOptions tau_line(PanelContext& context);
/// A dragged τ line as a command.
void follow_tau_line(PanelContext& context, const PlotEvents& events);

/// Linear or log, and top-k: of the plots of one token.
void scale_control(PanelContext& context);
void top_k_control(PanelContext& context);
/// Token, example or data set: of the plots over τ. Where the data set was not analysed, the ways to it.
void scope_control(PanelContext& context, UiState& ui);
/// Buttons that start or read an analysis of the data set; nothing where there is one.
void data_set_control(PanelContext& context, UiState& ui);

}  // namespace tauscope::gui
