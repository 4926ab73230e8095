// From an example to one teacher-forced sequence of ids.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/data_file.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

/// What happens to an example whose response does not fit behind even the shortest prompt. It is never cut.
enum class TooLong : std::uint8_t { skip, error };

struct SequenceOptions {
  bool add_eos = true;                 ///< EOS after the response, scored too
  std::int64_t max_length = 0;         ///< longest sequence; 0 = the models' context
  std::int64_t max_prompt_length = 0;  ///< of its part before the first scored token; 0 = what is left
  TooLong too_long = TooLong::error;
};

/// ids(prompt + response) with the tokenizer's special tokens, then EOS. Position i of the scored part is
/// predicted by the logits at index first_scored - 1 + i and has the target ids[first_scored + i].
struct TeacherForcedSequence {
  std::vector<std::int32_t> ids;
  std::int64_t first_scored = 0;       ///< length of the longest common prefix with ids(prompt), at least 1
  std::int64_t prompt_tokens_cut = 0;  ///< dropped from the left of the prompt to fit both limits
  bool fits = true;  ///< false, with TooLong::skip: the response does not fit, and the example is left out
};

/// With TooLong::error, throws Error::bad_input if the response does not fit.
TeacherForcedSequence make_sequence(const Tokenizer& tokenizer, const Example& example,
                                    const std::string& file, const SequenceOptions& options,
                                    std::int64_t context);

}  // namespace tauscope
