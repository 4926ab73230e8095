#include "core/diagnostics/analysis_spec.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/parse_text.h"

namespace tauscope {
namespace {

/// The names of an option's values: one table for both directions.
template <class T, std::size_t n>
struct Names {
  const char* option;
  std::array<std::pair<const char*, T>, n> entries;

  T parse(std::string_view text) const {
    std::string known;
    for (const auto& [name, value] : entries) {
      if (text == name) return value;
      known += (known.empty() ? "" : " | ") + std::string(name);
    }
    throw Error::usage("the value is unknown").field(option).found(std::string(text)).expected(known);
  }
  const char* name(T wanted) const {
    for (const auto& [name, value] : entries) {
      if (value == wanted) return name;
    }
    return "?";
  }
};

constexpr Names<TauScaling, 2> tau_scalings{"--tau-scaling",
                                            {{{"squared", TauScaling::squared}, {"none", TauScaling::none}}}};
constexpr Names<AnalysisMode, 2> modes{"--mode",
                                       {{{"exact", AnalysisMode::exact}, {"fast", AnalysisMode::fast}}}};
constexpr Names<TokensFormat, 3> tokens_formats{
    "--tokens",
    {{{"csv", TokensFormat::csv}, {"csv.gz", TokensFormat::csv_gz}, {"none", TokensFormat::none}}}};
constexpr Names<Average, 2> averages{"--average",
                                     {{{"token", Average::token}, {"example", Average::example}}}};
constexpr Names<DType, 3> keep_dtypes{
    "--keep-dtype",
    {{{"float16", DType::float16}, {"bfloat16", DType::bfloat16}, {"float32", DType::float32}}}};
constexpr Names<DominantSpec::Kind, 3> dominant_kinds{"--dominant",
                                                      {{{"nucleus", DominantSpec::Kind::nucleus},
                                                        {"top-k", DominantSpec::Kind::top_k},
                                                        {"threshold", DominantSpec::Kind::threshold}}}};

void check_dominant(const DominantSpec& dominant) {
  const double value = dominant.value;
  const auto wrong = [&](const char* expected) {
    throw Error::usage("the dominant set's parameter is out of range")
        .field("--dominant")
        .found(to_string(dominant))
        .expected(expected);
  };
  switch (dominant.kind) {
    case DominantSpec::Kind::nucleus:
      if (!(value > 0 && value <= 1)) wrong("nucleus:M with 0 < M <= 1");
      break;
    case DominantSpec::Kind::top_k:
      if (!(value >= 1 && value <= 1e9 && value == std::floor(value))) wrong("top-k:K with a whole K >= 1");
      break;
    case DominantSpec::Kind::threshold:
      if (!(value >= 0 && value <= 1)) wrong("threshold:E with 0 <= E <= 1");
      break;
  }
}

}  // namespace

void check_spec(const AnalysisSpec& spec) {
  check_taus(spec.taus, "--tau");
  check_dominant(spec.dominant);
  const auto negative = [](const char* option, std::int64_t value) {
    throw Error::usage("the number is out of range").field(option).found(std::to_string(value));
  };
  if (spec.overlap_k < 1) negative("--overlap-k", spec.overlap_k);
  if (spec.threads < 0) negative("--threads", spec.threads);
  if (spec.keep_logits < 0) negative("--keep-logits", spec.keep_logits);
}

StatisticsSpec statistics_spec(const AnalysisSpec& spec) {
  StatisticsSpec result;
  result.taus = spec.taus;
  result.tau_scaling = spec.tau_scaling;
  result.dominant = spec.dominant;
  result.overlap_k = spec.overlap_k;
  result.set = StatisticsSet::all;
  return result;
}

DominantSpec parse_dominant(std::string_view text) {
  const auto parts = split(text, ':');
  const auto value = parts.size() == 2 ? parse_double(parts[1]) : std::nullopt;
  if (!value) {
    throw Error::usage("the dominant set is not given as kind and number")
        .field("--dominant")
        .found(std::string(text))
        .expected("nucleus:M | top-k:K | threshold:E");
  }
  const DominantSpec dominant{dominant_kinds.parse(parts[0]), *value};
  check_dominant(dominant);
  return dominant;
}

std::int64_t parse_keep_logits(std::string_view text) {
  if (text == "all") return AnalysisSpec::keep_all;
  if (text == "none") return 0;
  const auto value = parse_integer(text);
  if (!value || *value < 0) {
    throw Error::usage("not a number of examples")
        .field("--keep-logits")
        .found(std::string(text))
        .expected("a whole number, all, or none");
  }
  return *value;
}

std::string keep_logits_text(std::int64_t examples) {
  return examples == 0 ? "none" : examples == AnalysisSpec::keep_all ? "all" : std::to_string(examples);
}

TauScaling parse_tau_scaling(std::string_view text) {
  return tau_scalings.parse(text);
}
AnalysisMode parse_analysis_mode(std::string_view text) {
  return modes.parse(text);
}
TokensFormat parse_tokens_format(std::string_view text) {
  return tokens_formats.parse(text);
}
Average parse_average(std::string_view text) {
  return averages.parse(text);
}
DType parse_keep_dtype(std::string_view text) {
  return keep_dtypes.parse(text);
}

std::string to_string(const DominantSpec& dominant) {
  return fmt::format("{}:{}", dominant_kinds.name(dominant.kind), format_number(dominant.value));
}
const char* to_string(TauScaling value) {
  return tau_scalings.name(value);
}
const char* to_string(AnalysisMode value) {
  return modes.name(value);
}
const char* to_string(TokensFormat value) {
  return tokens_formats.name(value);
}
const char* to_string(Average value) {
  return averages.name(value);
}

}  // namespace tauscope
