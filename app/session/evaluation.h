// Checkpoints over evaluation sets: what is asked for, and what is shown of it. Plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/session/engine.h"
#include "core/data/example_filter.h"
#include "core/decoding/decoding_options.h"
#include "eval/comparison/comparison.h"

namespace tauscope {

/// Everything that decides the answers of `tauscope eval` and how they are scored.
struct EvaluationSpec {
  std::vector<NamedPath> models, sets;  ///< all named, no name twice
  std::vector<NamedPath> references;    ///< by the name of the set, where not the data's own
  std::string prompt_template = "alpaca";
  std::int64_t limit = 0;  ///< examples of each set; 0 = all
  ExampleFilter filter;
  std::string protocol = "greedy";  ///< the one that `decoding` began with
  DecodingOptions decoding;
  std::vector<std::uint64_t> seeds{10, 20, 30, 40, 50};  ///< without sampling the first one alone is used
  std::int64_t batch = 16;                               ///< answers that are under way at a time
  std::string metrics = "rouge-l";                       ///< comma-separated
  std::string device = "auto", dtype = "float32";
  bool operator==(const EvaluationSpec&) const = default;
};

Json evaluation_to_json(const EvaluationSpec& spec);
/// Throws Error::bad_input naming file and field.
EvaluationSpec evaluation_from_json(const Json& json, const std::string& file);

/// The command that does it, word for word.
std::vector<std::string> evaluation_command(const EvaluationSpec& spec, const std::filesystem::path& folder);

/// Why it cannot be started, or "".
std::string evaluation_problem(const EvaluationSpec& spec);

/// The file in an evaluation's folder that says what was asked for; written before anything else, so that an
/// unfinished evaluation can be gone on with.
inline constexpr const char* evaluation_file = "evaluation.json";

/// One set: what every model answered. Models, metrics and seeds are in the order of the lists.
struct EvaluatedSet {
  struct Prompt {
    std::int64_t example = 0;
    std::string category, text;           ///< as the models were given it
    std::vector<std::string> references;  ///< may be empty: then nothing is scored
  };
  std::string name;
  std::vector<std::string> models;     ///< that have answers
  std::vector<std::string> metrics;    ///< that belong to prompts and that some model has
  std::vector<std::int64_t> seeds;     ///< -1: answers that name none
  std::vector<Prompt> prompts;         ///< by example
  std::vector<std::string> answers;    ///< (models, prompts, seeds)
  std::vector<std::uint8_t> answered;  ///< the same shape: 0 where there is none
  std::vector<double> values;  ///< (metrics, models, prompts): mean over seeds; NaN where there is none

  std::size_t place(std::size_t model, std::size_t prompt, std::size_t seed) const {
    return (model * prompts.size() + prompt) * seeds.size() + seed;
  }
  double value(std::size_t metric, std::size_t model, std::size_t prompt) const {
    return values[(metric * models.size() + model) * prompts.size() + prompt];
  }
};

/// What an evaluation has so far. Immutable.
struct EvaluationResult {
  std::uint64_t id = 0;  ///< unique in the process
  std::filesystem::path folder;
  EvaluationSpec spec;    ///< as asked for
  bool complete = false;  ///< everything that was asked for is there
  std::string baseline;   ///< that the table is held against
  ComparisonTable table;  ///< of what is scored; no rows where nothing is
  std::vector<EvaluatedSet> sets;
  std::vector<std::string> warnings;  ///< of the comparison
  Json protocol;                      ///< of the first scored set: everything that can change a score
};

}  // namespace tauscope
