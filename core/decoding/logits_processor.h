// From a row of logits to the next token: what transformers' logits processors do, in its order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/decoding/decoding_options.h"

namespace tauscope {

/// One per thread: it keeps its memory from one row to the next.
class LogitsProcessor {
 public:
  explicit LogitsProcessor(const DecodingOptions& options) : options_(options) {}

  /// Changes the row in place: penalty, banned n-grams, and where sampling is on temperature, top-k and
  /// top-p. What cannot be chosen becomes −inf. `history`: prompt and answer so far.
  void process(std::span<float> logits, std::span<const std::int32_t> history);

  /// The next token of a processed row: the largest logit, or, where sampling is on, the token at `uniform`
  /// (in [0, 1)) of the cumulated probabilities, in the order of the ids. Nothing where all are −inf or NaN.
  std::optional<std::int32_t> choose(std::span<const float> logits, double uniform) const;

 private:
  void penalise(std::span<float> logits, std::span<const std::int32_t> history);
  void ban_ngrams(std::span<float> logits, std::span<const std::int32_t> history) const;
  void keep_top_k(std::span<float> logits);
  void keep_top_p(std::span<float> logits);

  DecodingOptions options_;
  std::vector<std::int32_t> seen_;
  std::vector<float> sorted_;
  std::vector<std::pair<float, std::int32_t>> heap_;
};

}  // namespace tauscope
