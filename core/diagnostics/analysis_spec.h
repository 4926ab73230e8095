// Every setting of one analysis: a value, so that a result can carry what it was computed for.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics/tau_list.h"
#include "kernels/statistics.h"

namespace tauscope {

enum class AnalysisMode : std::uint8_t { exact, fast };
enum class TokensFormat : std::uint8_t { csv, csv_gz, none };
/// What a mean weighs equally: every scored position, or every example (the mean of the examples' means).
/// Quantiles and counts are over positions in both.
enum class Average : std::uint8_t { token, example };

struct AnalysisSpec {
  std::vector<double> taus = {0.5, 1, 2, 4, 8};  ///< --tau, --tau-grid: the rows' order in every table
  TauScaling tau_scaling = TauScaling::squared;  ///< --tau-scaling: factor of the gradients
  DominantSpec dominant;                         ///< --dominant
  int overlap_k = 10;                            ///< k of top_k_overlap
  AnalysisMode mode = AnalysisMode::exact;       ///< --mode
  std::string variant;                           ///< --variant; empty = the best one of `mode`
  std::string device = "auto";                   ///< --device: of the kernels; see kernel_choice.h
  int threads = 0;                               ///< --threads; 0 = as many as the machine has
  TokensFormat tokens = TokensFormat::csv;       ///< --tokens
  Average average = Average::token;              ///< --average
  static constexpr std::int64_t keep_all = std::numeric_limits<std::int64_t>::max();
  std::int64_t keep_logits = 0;       ///< --keep-logits: of so many examples; keep_all = of all
  DType keep_dtype = DType::float16;  ///< --keep-dtype
  std::uint64_t row_buffer_bytes = std::uint64_t{32} << 20;        ///< values held before they spill to disk
  std::uint64_t quantile_buffer_bytes = std::uint64_t{128} << 20;  ///< working set of the quantiles

  bool operator==(const AnalysisSpec&) const = default;
};

/// Throws Error::usage naming the option that is wrong.
void check_spec(const AnalysisSpec& spec);

/// The part that the kernels need.
StatisticsSpec statistics_spec(const AnalysisSpec& spec);

/// "nucleus:0.9", "top-k:10", "threshold:0.01". Throws Error::usage.
DominantSpec parse_dominant(std::string_view text);
/// "0", "25", "all", "none". Throws Error::usage.
std::int64_t parse_keep_logits(std::string_view text);
TauScaling parse_tau_scaling(std::string_view text);      ///< squared | none
AnalysisMode parse_analysis_mode(std::string_view text);  ///< exact | fast
TokensFormat parse_tokens_format(std::string_view text);  ///< csv | csv.gz | none
Average parse_average(std::string_view text);             ///< token | example
DType parse_keep_dtype(std::string_view text);            ///< float16 | bfloat16 | float32

std::string to_string(const DominantSpec& dominant);
const char* to_string(TauScaling value);
const char* to_string(AnalysisMode value);
const char* to_string(TokensFormat value);
const char* to_string(Average value);
std::string keep_logits_text(std::int64_t examples);

}  // namespace tauscope
