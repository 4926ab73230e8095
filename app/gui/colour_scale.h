// Values as colours with a bar that says which colour means what.
#pragma once

#include <span>
#include <string>

#include "app/gui/panel.h"
#include "app/session/quantities.h"

namespace tauscope::gui {

struct ColourScale {
  double low = 0, high = 1;
  bool clipped_low = false, clipped_high = false;  ///< some values lie beyond that end
  bool diverging = false;                          ///< symmetric about 0, which is neutral
  bool any = false;                                ///< there was a value that can be coloured
  std::string unit;

  /// `neutral`: the colour of 0 on a diverging scale.
  Colour colour(double value, Colour neutral) const;
};

/// Natural ends of the quantity where it has them; else the data's, leaving the highest 2% to the end of the
/// scale so that one outlier does not take all the colours.
ColourScale scale_for(const Quantity& quantity, std::span<const double> values);
/// Symmetric, up to the 98th percentile of |value|.
ColourScale difference_scale(const Quantity& quantity, std::span<const double> values);

/// The bar with its ends on one line, `width` pixels in all at most; explains itself when hovered.
void colour_bar(PanelContext& context, const ColourScale& scale, const std::string& name, float width);
float colour_bar_width(const PanelContext& context, const ColourScale& scale);

}  // namespace tauscope::gui
