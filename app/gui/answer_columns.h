// One prompt's answers side by side, with the words that they share with the reference underlined.
#pragma once

#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/session/evaluation_view.h"

namespace tauscope::gui {

class AnswerColumns {
 public:
  /// `models`: places in the set's list. Prompt and references stand above; where the columns would be too
  /// narrow they stand one below the other.
  /// Without models the set's note is shown.
  void draw(PanelContext& context, const ShownSet& shown, const std::vector<std::size_t>& models);

 private:
  struct Shown {
    std::string answer;
    bool answered = false;
    CommonWords common;
  };
  /// The words in common take milliseconds for long answers: they are found once.
  void refresh(const ShownSet& shown, const std::vector<std::size_t>& models);
  void draw_references(PanelContext& context, const EvaluatedSet::Prompt& prompt);
  void draw_answer(PanelContext& context, const ShownSet& shown, std::size_t column, std::size_t model);

  std::uint64_t result_ = 0;
  std::string set_;
  std::size_t prompt_ = 0, seed_ = 0;
  std::vector<std::size_t> models_;
  std::vector<Shown> answers_;  ///< by column
  std::size_t pointed_ = 0;     ///< the column that the references are marked for
  std::vector<float> heights_;  ///< of the contents as drawn last: the answers', then the prompt's
};

}  // namespace tauscope::gui
