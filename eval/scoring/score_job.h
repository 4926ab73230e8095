// `tauscope score`: files in, tables and the card of the protocol out.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "eval/scoring/score.h"

namespace tauscope {

struct ScoreRequest {
  std::vector<std::filesystem::path> predictions;  ///< such as one file for each seed
  std::optional<std::filesystem::path> references;
  std::vector<Metric> metrics;
  std::string set, model;  ///< names in the tables; "" = from the names of the files
  BootstrapOptions statistics;
  std::optional<std::filesystem::path> out;  ///< scores.csv, summary.csv, protocol.json
  bool force = false;                        ///< replace the files of an earlier score
  std::vector<std::string> command;          ///< as typed, for the card
  Json decoding = nullptr;                   ///< how the answers were made, where that is known
};

struct ScoreOutcome {
  std::string set, model;
  ScoreResult result;
  Json protocol;  ///< everything that can change a figure
};

/// Throws Error. Stopped, it returns with result.finished false and has written nothing.
ScoreOutcome run_score(const ScoreRequest& request, ProgressSink& progress);

/// summary.csv: set, model, metric, mean, ci_low, ci_high, sd_over_seeds, count; empty where a figure does
/// not exist.
void write_summary(const std::filesystem::path& path, std::span<const ScoreOutcome> outcomes);
/// The same as a list of objects, null for what is empty there.
Json summary_json(std::span<const ScoreOutcome> outcomes);

/// For people: the table, and what it rests on.
std::string score_text(const ScoreOutcome& outcome);

}  // namespace tauscope
