// What `score` and `eval` left in a folder, read back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "eval/scoring/score.h"

namespace tauscope {

/// The scores of one model on one set: a folder with scores.csv and protocol.json.
struct ScoredSet {
  std::filesystem::path folder;
  std::string set, model;
  Json protocol;
  std::vector<std::string> metrics;           ///< in the order of the file
  std::vector<std::vector<ScoreRow>> values;  ///< of each metric

  /// Nothing where it was not scored.
  const std::vector<ScoreRow>* values_of(const std::string& metric) const;
};

/// `folder` itself if it has scores.csv, else all folders below that have one, by path. Throws
/// Error::bad_input naming file and field, also where there is none.
std::vector<ScoredSet> read_scored_sets(const std::filesystem::path& folder);

}  // namespace tauscope
