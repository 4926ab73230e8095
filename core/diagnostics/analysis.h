// One analysis: logits of teacher and students -> tokens.csv, summary.csv, histogram.csv, head_curve.csv.
//
// Memory is bounded by the longest example, the row budget of the source and the two buffers of AnalysisSpec,
// whatever the number of examples. Equal input, spec and thread count give equal bytes in every file.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/scored_chunk.h"
#include "core/diagnostics/tables.h"

namespace tauscope {

struct AnalysisCounts {
  std::int64_t examples = 0;              ///< that have at least one scored position
  std::int64_t positions = 0;             ///< scored positions
  std::int64_t invalid_positions = 0;     ///< whose FKL is NaN for some student at some tau (NaN in a logit)
  std::int64_t infinite_divergences = 0;  ///< (position, student, tau) with an infinite FKL or RKL
};

struct AnalysisResult {
  bool complete = true;  ///< false: stopped, or ended by `failure`; the tables cover what was done
  AnalysisCounts counts;
  std::string variant;               ///< kernel variant that ran …
  std::string mode;                  ///< … its mode, "exact" or "fast" …
  std::string target;                ///< … and its instruction set
  std::int64_t rows_recomputed = 0;  ///< see KernelReport
  int threads = 0;
  std::int64_t vocab = 0;
  std::uint64_t spilled_bytes = 0;    ///< of single values, to disk
  std::vector<std::string> warnings;  ///< also given to the progress sink
  AnalysisTables tables;              ///< as written
  /// Set where the source failed after some work was done: the tables of that work are in place, and the
  /// caller throws this again once it has written the manifest.
  std::exception_ptr failure;
};

/// Writes the tables (and logits/, where asked for) into `folder`, which must exist. When `stop` is set, ends
/// after the last finished example (or chunk, where rows stand alone): every table then covers exactly these.
/// Throws Error::usage on a spec that cannot run, Error::bad_input where nothing is scored, Error::exhausted
/// on a full disk, and what the source throws before any example is done. Files that are in place when it
/// throws are whole, but the caller must not write a manifest: a folder without one is not an analysis.
AnalysisResult run_analysis(ScoredSource& source, const AnalysisSpec& spec,
                            const std::filesystem::path& folder, ProgressSink& progress,
                            std::stop_token stop);

}  // namespace tauscope
