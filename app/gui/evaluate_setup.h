// The form of an evaluation: checkpoints, sets, decoding, seeds, metrics, folder.
#pragma once

#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"
#include "app/session/evaluation.h"

namespace tauscope::gui {

class EvaluateSetup {
 public:
  explicit EvaluateSetup(UiState& ui) : ui_(ui) {}
  void draw(PanelContext& context);

 private:
  struct Choice {
    NamedPath item;
    bool chosen = true;
    std::string references;  ///< of a set; "" = the data's own
  };
  void follow(const Session& session);
  void take_picked();
  void add(std::vector<Choice>& list, NamedPath item, bool chosen);
  void draw_choices(PanelContext& context, const char* title, const char* help, std::vector<Choice>& list,
                    Pick pick);
  void draw_decoding(PanelContext& context);
  void draw_scoring(PanelContext& context);
  void draw_start(PanelContext& context);
  EvaluationSpec spec() const;
  std::string problem() const;

  UiState& ui_;
  std::uint64_t workspace_ = 0;  ///< whose models and data were taken over
  std::filesystem::path read_;   ///< evaluation whose settings were taken over
  std::vector<Choice> models_, sets_;
  EvaluationSpec draft_;  ///< without models, sets and seeds
  std::string seeds_ = "10,20,30,40,50", folder_;
  std::size_t asked_for_ = 0;  ///< set that references are chosen for
};

}  // namespace tauscope::gui
