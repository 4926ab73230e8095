// One student against the teacher: the example as a strip of tokens, and the plots that belong to the pinned
// token and to τ.
#pragma once

#include <vector>

#include "app/gui/plot_card.h"
#include "app/gui/strip_header.h"
#include "app/gui/token_strip.h"

namespace tauscope::gui {

class ExplorePage final : public Panel {
 public:
  explicit ExplorePage(UiState& ui) : ui_(ui), search_(ui) {}
  const char* title() const override { return "Explore"; }
  void draw(PanelContext& context) override;

 private:
  void draw_header(PanelContext& context, const StripContent& content);
  void draw_student(PanelContext& context);
  void draw_strip(PanelContext& context, float height);
  void draw_plots(PanelContext& context);
  StripContent strip_content(const PanelContext& context);

  UiState& ui_;
  TokenSearch search_;
  TokenStrip strip_;
  std::vector<double> values_;
};

/// The state of the example in place of its strip where there is none yet; true if it drew something.
bool draw_example_state(PanelContext& context);

/// One quantity of a student's rows; empty where nothing was computed.
std::vector<double> values_of(const Session::Shown& shown, const std::string& column);

}  // namespace tauscope::gui
