#include "core/decoding/decoding_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/base/error.h"

namespace tauscope {

const std::vector<std::string>& decoding_protocols() {
  static const std::vector<std::string> names{"greedy", "minillm"};
  return names;
}

DecodingOptions decoding_protocol(const std::string& name) {
  DecodingOptions options;
  if (name == "greedy") return options;
  if (name == "minillm") {
    options.sample = true;
    options.no_repeat_ngram = 6;
    options.max_prompt_length = 256;
    return options;
  }
  throw Error::usage("there is no decoding protocol of this name")
      .field("protocol")
      .found(name)
      .expected(fmt::format("one of {}", fmt::join(decoding_protocols(), ", ")));
}

void check(const DecodingOptions& options) {
  const auto need = [](bool holds, const char* option, auto found, const char* expected) {
    if (holds) return;
    throw Error::usage("a decoding option is out of range")
        .field(option)
        .found(fmt::format("{}", found))
        .expected(expected);
  };
  need(options.temperature > 0 && std::isfinite(options.temperature), "temperature", options.temperature,
       "a number above 0 (for the most probable token leave sampling off)");
  need(options.top_k >= 0, "top-k", options.top_k, "0 (off) or more");
  need(options.top_p > 0 && options.top_p <= 1, "top-p", options.top_p, "a number in (0, 1]");
  need(options.repetition_penalty > 0 && std::isfinite(options.repetition_penalty), "repetition-penalty",
       options.repetition_penalty, "a number above 0 (1 is off)");
  need(options.no_repeat_ngram >= 0, "no-repeat-ngram-size", options.no_repeat_ngram, "0 (off) or more");
  need(options.max_new_tokens >= 1, "max-new-tokens", options.max_new_tokens, "1 or more");
  need(options.max_prompt_length >= 0, "max-prompt-length", options.max_prompt_length,
       "0 (what the context leaves) or more");
  for (const std::string& text : options.stop)
    need(!text.empty(), "stop", std::string(), "a text of at least one character");
}

Json to_json(const DecodingOptions& options) {
  Json json = {{"sample", options.sample},
               {"repetition_penalty", options.repetition_penalty},
               {"no_repeat_ngram_size", options.no_repeat_ngram},
               {"max_new_tokens", options.max_new_tokens},
               {"max_prompt_length", options.max_prompt_length},
               {"stop", options.stop}};
  if (options.sample) {
    json["temperature"] = options.temperature;
    json["top_k"] = options.top_k;
    json["top_p"] = options.top_p;
  }
  return json;
}

}  // namespace tauscope
