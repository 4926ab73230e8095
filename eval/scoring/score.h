// Every metric of a set of answers, value by value and in sum.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "eval/scoring/answer_set.h"
#include "eval/scoring/metric.h"
#include "eval/statistics/bootstrap.h"

namespace tauscope {

/// A line of scores.csv. `example` is empty for metrics of a whole seed, `seed` for metrics of a prompt and
/// where the predictions name none.
struct ScoreRow {
  std::optional<std::int64_t> example, seed;
  std::string metric;
  double value = 0;
};

/// A line of summary.csv, without set and model. NaN where there is nothing to tell: no interval without
/// values per prompt, no deviation with one seed.
struct ScoreSummary {
  std::string metric;
  double mean = 0;  ///< over prompts; a prompt's value is the mean over its seeds
  Interval interval;
  double sd_over_seeds = 0;  ///< of the seeds' own means, divisor n - 1
  std::int64_t count = 0;    ///< prompts
};

struct ScoreResult {
  std::vector<ScoreRow> rows;  ///< by metric as asked for, then by example, then by seed
  std::vector<ScoreSummary> summaries;
  bool finished = true;  ///< false: it was stopped, and the rest is empty
};

/// Throws Error::bad_input where a metric cannot be computed for this set (pass@K with fewer than K answers
/// to a prompt, self-bleu with one answer). `options` are those of the intervals; threads and stop serve the
/// metrics too.
ScoreResult score_answers(const AnswerSet& set, const std::vector<Metric>& metrics,
                          const BootstrapOptions& options, ProgressSink& progress);

/// The summary of rows of one metric.
ScoreSummary summarise(const Metric& metric, const std::vector<ScoreRow>& rows, std::int64_t prompts,
                       const BootstrapOptions& options);

/// Value of each example, in the order of the examples: the mean over its seeds.
std::vector<std::pair<std::int64_t, double>> values_by_example(const std::vector<ScoreRow>& rows);

}  // namespace tauscope
