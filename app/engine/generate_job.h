// A checkpoint answers the prompts of data files: what `generate` does once and `eval` for every set and
// seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/checkpoint/checkpoint.h"
#include "core/data/example_filter.h"
#include "core/decoding/generator.h"

namespace tauscope {

struct GenerateRequest {
  std::filesystem::path data;
  DataOptions data_options;
  ExampleFilter filter;
  DecodingOptions decoding;
  std::string protocol = "greedy";  ///< the one that `decoding` began with
  std::uint64_t seed = 10;
  std::int64_t batch = 16;
  std::filesystem::path out;  ///< JSON lines; OUT.protocol.json beside it
  bool force = false;
  std::vector<std::string> command{};  ///< as typed, for the card
  bool keep_finished = false;          ///< answers that are there, made with the same settings, are no error
};

struct GenerateOutcome {
  bool complete = false;     ///< false: stopped; what was done is kept, and the same request goes on with it
  std::int64_t prompts = 0;  ///< of the data
  std::int64_t taken_over = 0;  ///< answers of an earlier, unfinished run
  GenerationCounts counts;      ///< of this run
  double seconds = 0;           ///< of generating
  Json card;
};

/// A model that is loaded once and answers many files.
class AnsweringModel {
 public:
  /// Throws Error. `sink` hears what is odd about the weights.
  AnsweringModel(const std::filesystem::path& folder, const ModelOptions& options, ProgressSink& sink);

  /// Writes one JSON line per prompt: example, prompt (the text), text, ids, finish_reason, seed; output,
  /// category and question_id where the data have them. Throws Error::bad_input where the data hold no prompt
  /// that can be answered.
  GenerateOutcome answer(const GenerateRequest& request, ProgressSink& progress, std::stop_token stop) const;

  const std::filesystem::path& folder() const { return checkpoint_->folder(); }
  std::string device() const { return model_->device(); }

 private:
  Json card_of(const GenerateRequest& request, const DataFile& data) const;

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<CausalLM> model_;
  std::vector<std::int32_t> end_ids_;
  ModelOptions options_;
};

}  // namespace tauscope
