// How answers are decoded, and the settings that papers share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

struct DecodingOptions {
  bool sample = false;               ///< false: the most probable token (the first of equals)
  double temperature = 1;            ///< of sampling; > 0
  std::int64_t top_k = 0;            ///< sample among the k most probable tokens and their equals; 0 = all
  double top_p = 1;                  ///< … among the smallest set of that much probability; (0, 1]
  double repetition_penalty = 1;     ///< > 0; 1 = none (Keskar et al. 2019, arXiv 1909.05858)
  std::int64_t no_repeat_ngram = 0;  ///< no n tokens in a row twice, the prompt included; 0 = allowed
  std::int64_t max_new_tokens = 256;
  std::int64_t max_prompt_length =
      0;  ///< tokens, cut from the left; 0 = what max_new_tokens leaves of the context
  std::vector<std::string> stop;  ///< an answer ends before the first of these texts
  bool operator==(const DecodingOptions&) const = default;
};

/// "greedy", and "minillm": sampling at temperature 1 from everything, no six tokens twice (a default of that
/// code base which its papers do not name), prompts of at most 256 tokens, at most 256 new ones. DistiLLM,
/// ABKD and DSKD evaluate so too. Throws Error::usage for another name.
DecodingOptions decoding_protocol(const std::string& name);
const std::vector<std::string>& decoding_protocols();

/// Throws Error::usage naming the option and its range.
void check(const DecodingOptions& options);

/// Everything that can change an answer, for manifests and cards.
Json to_json(const DecodingOptions& options);

}  // namespace tauscope
