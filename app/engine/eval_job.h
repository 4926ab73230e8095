// Several checkpoints over several sets with several seeds: answers, scores, one table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/engine/generate_job.h"
#include "app/session/evaluation.h"
#include "eval/scoring/score_job.h"

namespace tauscope {

struct EvalRequest {
  EvaluationSpec spec;
  int threads = 0;  ///< 0 = as many as the machine has
  BootstrapOptions statistics;
  /// OUT/evaluation.json, OUT/MODEL/SET/{seed-N.jsonl, scores.csv, summary.csv, protocol.json},
  /// OUT/summary.csv
  std::filesystem::path out;
  bool force = false;  ///< replace answers that were made with other settings
  std::vector<std::string> command;
  std::function<void()> scored;  ///< told when a model's answers to a set have been scored; may be empty
};

struct EvalOutcome {
  bool complete = false;              ///< false: stopped; the same request goes on with the rest
  std::vector<ScoreOutcome> scores;   ///< by model, then by set
  std::vector<std::string> unscored;  ///< sets without references: their answers are there
  GenerationCounts counts;            ///< of this run
  double seconds = 0;                 ///< of generating
};

/// Answers that are there already, made with the same settings, are kept; unfinished ones are gone on with.
/// Throws Error.
EvalOutcome run_eval(const EvalRequest& request, ProgressSink& progress, std::stop_token stop);

/// What OUT/evaluation.json asked for, with that folder as `out`: what an unfinished evaluation is gone on
/// with. Throws Error::bad_input.
EvalRequest read_eval_request(const std::filesystem::path& out);

/// Where a model's scores of a set lie: names that file systems can hold.
std::filesystem::path eval_folder(const std::filesystem::path& out, const std::string& model,
                                  const std::string& set);

}  // namespace tauscope
