// `tauscope bench rouge`: how long scoring takes, in whole and in parts, against the plain table of the
// common subsequence.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace tauscope {

struct RougeBenchOptions {
  std::int64_t pairs = 10000;
  std::int64_t words = 200;  ///< of each reference and each answer
  int threads = 0;           ///< 0 = as many as the machine has
  int repetitions = 5;       ///< timed, after one warm-up; the median counts
  std::uint64_t seed = 1;
  std::stop_token stop;
};

/// {"context": {"pairs", "words", "threads", "repetitions", "seed"}, "cases": [{"name", "median_seconds",
/// "least_seconds", "mean_result", "target_seconds"}], "stopped"}. The target, 2 s for 10,000 pairs of 200
/// words, is that of the whole: words, stems, ROUGE-L.
Json run_rouge_bench(const RougeBenchOptions& options, ProgressSink& progress);

/// The same as a table for people.
std::string rouge_bench_text(const Json& report);

}  // namespace tauscope
