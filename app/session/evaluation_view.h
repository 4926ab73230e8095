// Which part of an evaluation the view shows: names and numbers of the view state as places in the result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/session/session.h"
#include "eval/metrics/rouge_tokens.h"

namespace tauscope {

struct ShownSet {
  std::shared_ptr<const EvaluationResult> result;  ///< null: nothing to show, `note` says why
  std::string note;
  const EvaluatedSet* set = nullptr;    ///< null where no set has answers yet
  std::optional<std::size_t> metric;    ///< among the set's; nothing where it has no scores
  std::optional<std::size_t> baseline;  ///< among the set's models
  std::optional<std::size_t> prompt;    ///< the chosen one, else the first
  std::size_t seed = 0;                 ///< among the set's

  std::string metric_name() const { return set && metric ? set->metrics[*metric] : ""; }
};
ShownSet shown_set(const Session& session);

/// What both of Compare's students answered to the example that is open, where an evaluation of them on the
/// open data is there.
struct ComparedAnswers {
  ShownSet shown;                   ///< with the set and the prompt of the open example
  std::vector<std::size_t> models;  ///< A's and B's places; empty: none, `shown.note` says why
};
ComparedAnswers compared_answers(const Session& session);

/// Metrics that the table of scores has rows of, in its order.
std::vector<std::string> table_metrics(const EvaluationResult& result);
/// The one that is shown of them; "" where there are none.
std::string shown_table_metric(const Session& session, const EvaluationResult& result);

/// The words that an answer shares with a reference in ROUGE-L's longest common subsequence (with stems), as
/// bytes of each text. Of several references the one with the largest F1, the first of equals.
struct CommonWords {
  std::size_t reference = 0;
  double f1 = 0;
  std::vector<TextSpan> in_answer, in_reference;
};
CommonWords common_words(const std::vector<std::string>& references, const std::string& answer);

}  // namespace tauscope
