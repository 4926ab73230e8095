// The plots of Explore with their controls.
#pragma once

#include <vector>

#include "app/gui/plot_card.h"

namespace tauscope::gui {

Card histogram_card();
Card gradients_card();
Card shares_card();
Card head_curve_card();
Card curves_card();
Card heat_map_card();

/// What a plot over τ needs: the line at the current τ that can be dragged.
PlotOptions tau_line(PanelContext& context);
/// A dragged τ line as a command.
void follow_tau_line(PanelContext& context, const PlotEvents& events);

/// Linear or log, and top-k: of the plots of one token.
void scale_control(PanelContext& context);
void top_k_control(PanelContext& context);
/// Token, example or data set: of the plots over τ.
void scope_control(PanelContext& context);

}  // namespace tauscope::gui
