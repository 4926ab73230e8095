// Which differences between scored models are more than the chance of their prompts.
#pragma once

#include <string>
#include <vector>

#include "core/base/progress.h"
#include "eval/comparison/scored_set.h"
#include "eval/statistics/bootstrap.h"

namespace tauscope {

/// A folder of scores as the user gave it. Equal names are training seeds of one thing.
struct ScoredFolder {
  std::string name;  ///< "" = the model's name on its card
  std::filesystem::path folder;
};

struct ComparedRow {
  std::string set, model, metric;
  double mean = 0;
  Interval interval;
  double sd_over_seeds = 0;  ///< of training seeds where there are several, else of sampling seeds
  std::int64_t count = 0;    ///< prompts that all models have
  std::int64_t training_seeds = 1;
  bool baseline = false;
  bool tested =
      false;  ///< false: the baseline, or a metric without values per prompt; then only delta is there
  PairedComparison difference;
  double p_holm = 0;
  bool within_noise = false;  ///< p_holm is not below 1 - level
};

struct ComparisonTable {
  std::string baseline;
  double level = 0.95;
  int resamples = 0;
  std::int64_t tests = 0;         ///< that Holm's correction counts
  std::vector<ComparedRow> rows;  ///< by set, then by metric, then by model in the order given
  bool finished = true;
};

/// A table with one model is no comparison, but can be what there is so far.
enum class LeastModels : std::uint8_t { one, two };

/// `baseline` "" = the first folder's. `metrics` empty = all that every model was scored by. Figures are over
/// the prompts that all models of a set have; that some have more is warned of, as are cards that differ in
/// what can change a score, and differences within noise.
///
/// Throws Error::usage (one model alone, an unknown baseline or metric, two folders that are one model and
/// set under one name without being told apart) and Error::bad_input (nothing in common).
ComparisonTable compare_scores(const std::vector<ScoredFolder>& folders, const std::string& baseline,
                               const std::vector<std::string>& metrics, const BootstrapOptions& options,
                               ProgressSink& progress, LeastModels least = LeastModels::two);

enum class ComparisonFormat : std::uint8_t { text, csv, markdown, latex };

/// The columns of csv: set, model, metric, mean, ci_low, ci_high, sd_over_seeds, count, delta, delta_ci_low,
/// delta_ci_high, p, p_holm, p_ttest, effect_size, wins, ties, losses, training_seeds, within_noise.
std::string comparison_text(const ComparisonTable& table, ComparisonFormat format);

/// "-0.4 against a is within noise ..." for each difference that is.
std::vector<std::string> noise_warnings(const ComparisonTable& table);

}  // namespace tauscope
