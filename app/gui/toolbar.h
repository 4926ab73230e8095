// What every plot depends on: τ, the factor τ², the dominant set, and the quantity that colours tokens.
#pragma once

#include "app/gui/tau_slider.h"

namespace tauscope::gui {

class Toolbar final : public Panel {
 public:
  explicit Toolbar(UiState& ui) : slider_(ui) {}
  const char* title() const override { return "Toolbar"; }
  /// Wraps into as many rows as the width needs.
  void draw(PanelContext& context) override;
  /// Of the rows that draw() takes at this width.
  float height(const PanelContext& context, float width) const;

 private:
  void draw_scaling(PanelContext& context);
  void draw_dominant(PanelContext& context);

  TauSlider slider_;
  double dominant_value_ = 0;
  bool editing_ = false;
};

/// A menu of every quantity with its meaning; true when another one was chosen.
bool quantity_combo(PanelContext& context, const char* id, std::string& column, float width);

}  // namespace tauscope::gui
