// Answers to many prompts by one model: rows of a batch are refilled as they finish, so that a long answer
// does not hold up the others.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/decoding/decoding_options.h"
#include "core/model/causal_lm.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

struct Prompt {
  std::int64_t example = 0;
  std::vector<std::int32_t> ids;  ///< at least one
};

/// Why an answer ended: its end token, the limit (of new tokens or of the context), a stop text, or because
/// nothing was left that could be chosen.
enum class FinishReason : std::uint8_t { end, length, stop, blocked };
const char* finish_reason_name(FinishReason reason);  ///< "eos", "length", "stop", "blocked"

struct GeneratedAnswer {
  std::int64_t example = 0;
  std::vector<std::int32_t> ids;  ///< as the model made them, the end token included
  std::string text;               ///< without special tokens, and without the stop text and what is behind it
  FinishReason finish = FinishReason::end;
};

struct GenerationCounts {
  std::int64_t answers = 0, prompt_tokens = 0, new_tokens = 0;
};

/// The prompt's ids, cut from the left to what options and context allow. `cut`: how many went.
std::vector<std::int32_t> fit_prompt(std::vector<std::int32_t> ids, const DecodingOptions& options,
                                     std::int64_t context, std::int64_t& cut);

class Generator {
 public:
  /// `end_ids`: tokens that end an answer. `batch`: answers that are under way at a time. Throws Error::usage
  /// for options out of range.
  Generator(const CausalLM& model, const Tokenizer& tokenizer, std::vector<std::int32_t> end_ids,
            DecodingOptions options, std::int64_t batch);

  /// Answers go to `take` as they finish, on this thread. An answer is a function of model, options, seed and
  /// prompt: what is drawn does not depend on the batch (its logits do in their last bits). False if stopped;
  /// answers that were under way are then dropped.
  bool run(std::span<const Prompt> prompts, std::uint64_t seed,
           const std::function<void(GeneratedAnswer)>& take, ProgressSink& progress,
           std::stop_token stop = {});

  const GenerationCounts& counts() const { return counts_; }  ///< of all runs

 private:
  const CausalLM& model_;
  const Tokenizer& tokenizer_;
  std::vector<std::int32_t> end_ids_;
  DecodingOptions options_;
  std::int64_t batch_;
  GenerationCounts counts_;
};

}  // namespace tauscope
