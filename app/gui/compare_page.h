// Two students against one teacher on the same input: strips, plots with one line each, a table of
// differences, and the data set's examples as points.
#pragma once

#include <optional>
#include <vector>

#include "app/gui/answer_columns.h"
#include "app/gui/plot_card.h"
#include "app/gui/strip_header.h"
#include "app/gui/table_widget.h"
#include "app/gui/token_strip.h"

namespace tauscope::gui {

class ComparePage final : public Panel {
 public:
  explicit ComparePage(UiState& ui)
      : ui_(ui), search_(ui), comparison_("comparison", ui), examples_("examples", ui) {}
  const char* title() const override { return "Compare"; }
  void draw(PanelContext& context) override;

 private:
  struct Strips {
    StripContent a, b;
  };
  void draw_choice(PanelContext& context);
  void draw_strips(PanelContext& context, float height);
  void draw_strip(PanelContext& context, const char* id, TokenStrip& strip, std::size_t student,
                  const StripContent& content, float height);
  void draw_below(PanelContext& context);
  void draw_examples(PanelContext& context);
  Strips strips(const PanelContext& context);

  /// Opens the example of a point once it is certain that the click is not the first of a double click.
  void take_click(PanelContext& context, const PlotEvents& events);

  UiState& ui_;
  struct Click {
    std::int64_t example;
    double time;  ///< ImGui's
  };
  std::optional<Click> click_;
  TokenSearch search_;
  TokenStrip strip_a_, strip_b_;
  TableWidget comparison_, examples_;
  AnswerColumns answers_;
  std::vector<double> values_a_, values_b_;
  float scroll_ = 0;  ///< of both strips
};

}  // namespace tauscope::gui
