// Answers beside their references: what a score is computed from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "eval/scoring/answer_files.h"

namespace tauscope {

struct Answer {
  std::optional<std::int64_t> seed;
  std::string text;
};

/// One prompt's references and all answers to it, in the order of their seeds.
struct AnsweredPrompt {
  std::int64_t example = 0;
  std::string category;
  std::vector<std::string> references;
  std::vector<Answer> answers;
};

struct AnswerSet {
  std::vector<AnsweredPrompt> prompts;  ///< in the order of `example`
  std::vector<std::int64_t> seeds;      ///< rising; empty where the predictions name none
  std::string joined_by;                ///< "example", "question_id", "order" or "own" (their own outputs)
  std::int64_t answers = 0, empty_answers = 0, empty_references = 0, unanswered = 0, incomplete = 0;
};

/// Joins by question_id where both sides have it, else by `example` where both have it, else by order, each
/// seed's predictions for themselves. Without references each prediction must carry its own.
///
/// Throws Error::bad_input naming file and line: two answers to one example under one seed, an answer without
/// a reference, by order another number of predictions than of references, no reference that is not empty.
/// Warned of, with a count and the first place: references without an answer, empty references and answers,
/// prompts that some seeds left out.
AnswerSet join_answers(std::vector<Prediction> predictions, const std::optional<ReferenceFile>& references,
                       ProgressSink& progress);

}  // namespace tauscope
