// Checkpoints over evaluation sets: what to run, how far it is, what came out, and every answer.
#pragma once

#include "app/gui/answer_columns.h"
#include "app/gui/evaluate_setup.h"
#include "app/gui/plot_card.h"
#include "app/gui/table_widget.h"

namespace tauscope::gui {

class EvaluatePage final : public Panel {
 public:
  explicit EvaluatePage(UiState& ui)
      : ui_(ui),
        setup_(ui),
        scores_("evaluation", ui),
        prompts_("answers", ui),
        categories_("categories", ui) {}
  const char* title() const override { return "Evaluate"; }
  void draw(PanelContext& context) override;

 private:
  void draw_bar(PanelContext& context);
  void draw_job(PanelContext& context);
  void draw_scores(PanelContext& context);
  void draw_answers(PanelContext& context);
  void draw_choice(PanelContext& context, const ShownSet& shown);

  UiState& ui_;
  EvaluateSetup setup_;
  TableWidget scores_, prompts_, categories_;
  AnswerColumns answers_;
  bool by_category_ = false;
};

}  // namespace tauscope::gui
