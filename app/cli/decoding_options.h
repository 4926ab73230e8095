// --protocol and the options that change it; shared by `generate` and `eval`.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/decoding/decoding_options.h"

namespace tauscope {

class DecodingCliOptions {
 public:
  void add_to(CLI::App& app);
  const std::string& protocol() const { return protocol_; }
  /// The protocol with what was given besides. A temperature, top-k or top-p asks for sampling.
  DecodingOptions parsed() const;
  std::int64_t batch() const { return batch_; }

 private:
  std::string protocol_ = "greedy";
  std::optional<double> temperature_, top_p_, repetition_penalty_;
  std::optional<std::int64_t> top_k_, no_repeat_ngram_, max_new_tokens_, max_prompt_length_;
  std::vector<std::string> stop_;
  std::int64_t batch_ = 16;
};

}  // namespace tauscope
