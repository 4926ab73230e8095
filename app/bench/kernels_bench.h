// `tauscope bench kernels`: the kernels against LibTorch's eager mode, in one run, on the same work, taking
// turns.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace tauscope {

struct KernelBenchOptions {
  std::int64_t rows = 512;
  std::vector<std::int64_t> vocabularies = {50257};  ///< those of kernels.md: 32000, 50257, 128256, 151936
  double tau = 1.0;                                  ///< for what is measured at one tau
  std::vector<double> ladder = {1, 2, 4, 8};         ///< related by powers of two
  std::vector<double> arbitrary = {0.7, 1.3, 2.9, 5.3};
  std::vector<int> counts = {1, 4, 8,
                             16};  ///< of temperatures, spread over [1/2, 8], that statistics are taken at
  bool statistics = true, objectives = true, temperatures = true;  ///< groups of cases
  int threads = 0;        ///< of both sides; 0 = as many as the machine has
  int repetitions = 5;    ///< timed, after one warm-up; the median counts
  bool baselines = true;  ///< false: only the kernels, in seconds rather than minutes
  bool default_malloc =
      true;  ///< also measure with malloc as it comes (slow: every big block is mapped anew)
  std::uint64_t seed = 1;
  std::stop_token stop;
};

/// Runs and returns
///   {"format": "tauscope-bench-kernels", "version": 1, "context": {cpu, threads, compiler, torch,
///   instruction_set, date_utc,
///    rows, repetitions, …}, "results": [{"vocab", "cases": [{"name", "side": "floor" | "torch" | "tauscope",
///    "malloc": "default" | "tuned", "taus", "median_seconds", "median_processor_seconds",
///    "least_seconds", "ns_per_pair", "processor_ns_per_pair", "gb_per_second"}], "ratios": [{"name", "ours",
///    "baseline", "malloc", "ratio", "processor_ratio", "target", "met"}],
///    "times": [{"name", "milliseconds", "target_milliseconds", "met"}]}], "stopped": bool}.
/// Processor time is that of all threads together: with one thread it says on a busy machine what an idle one
/// would measure; with more, LibTorch's waiting threads count as busy. A pair is one teacher and one student
/// logit; bytes are what has to be read and written at least once. Throws Error::usage on options out of
/// range.
Json run_kernel_bench(const KernelBenchOptions& options, ProgressSink& progress);

/// The same as a table for people.
std::string kernel_bench_text(const Json& report);

}  // namespace tauscope
