// ROUGE-N and ROUGE-L (Lin 2004) as the `rouge_score` package computes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/metrics/rouge_tokens.h"

namespace tauscope {

/// Each in [0, 1]; all 0 where a side has no words (for ROUGE-N: no n-grams).
struct RougeScore {
  double precision = 0, recall = 0, f1 = 0;
};

/// Two texts' words as numbers: what every ROUGE of the pair works on.
class RougePair {
 public:
  RougePair(const RougeTokens& reference, const RougeTokens& prediction);

  RougeScore rouge_n(int n) const;  ///< n >= 1
  RougeScore rouge_l() const;

  /// A longest common subsequence as pairs of positions (reference, prediction) among the words.
  std::vector<std::pair<std::size_t, std::size_t>> common_words() const;

 private:
  std::vector<std::uint32_t> reference_, prediction_;
  std::uint32_t ids_ = 0;
};

/// With several references the one with the largest F1 counts, the first of equals.
RougeScore best_of(std::span<const RougeScore> scores);

}  // namespace tauscope
