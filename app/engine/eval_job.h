// Several checkpoints over several sets with several seeds: answers, scores, one table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/engine/generate_job.h"
#include "app/session/engine.h"
#include "eval/scoring/score_job.h"

namespace tauscope {

struct EvalRequest {
  std::vector<NamedPath> models, sets;                      ///< all named, no name twice
  std::map<std::string, std::filesystem::path> references;  ///< by set, where not the data's own
  DataOptions data_options;
  ExampleFilter filter;
  DecodingOptions decoding;
  std::string protocol = "greedy";
  std::vector<std::uint64_t> seeds;  ///< without sampling the first one alone is used
  std::int64_t batch = 16;
  ModelOptions model;
  std::vector<Metric> metrics;
  BootstrapOptions statistics;
  std::filesystem::path
      out;  ///< OUT/MODEL/SET/{seed-N.jsonl, scores.csv, summary.csv, protocol.json}, OUT/summary.csv
  bool force = false;  ///< replace answers that were made with other settings
  std::vector<std::string> command;
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

/// Where a model's scores of a set lie: names that file systems can hold.
std::filesystem::path eval_folder(const std::filesystem::path& out, const std::string& model,
                                  const std::string& set);

}  // namespace tauscope
