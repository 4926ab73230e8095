#include "eval/metrics/rouge.h"

#include <algorithm>

#include "eval/metrics/common_subsequence.h"
#include "eval/metrics/word_ids.h"

namespace tauscope {
namespace {

RougeScore score_of(std::size_t common, std::size_t reference, std::size_t prediction) {
  RougeScore score;
  if (common == 0) return score;
  score.precision = static_cast<double>(common) / static_cast<double>(prediction);
  score.recall = static_cast<double>(common) / static_cast<double>(reference);
  score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
  return score;
}

}  // namespace

RougePair::RougePair(const RougeTokens& reference, const RougeTokens& prediction) {
  WordIds words;
  reference_ = words.ids(reference.words);
  prediction_ = words.ids(prediction.words);
  ids_ = words.size();
}

RougeScore RougePair::rouge_n(int n) const {
  NgramIds ngrams(n);
  const auto reference = ngrams.ids(reference_), prediction = ngrams.ids(prediction_);
  if (reference.empty() || prediction.empty()) return {};
  std::vector<std::uint32_t> left(*std::max_element(reference.begin(), reference.end()) + std::size_t{1});
  for (const std::uint32_t ngram : reference)
    ++left[ngram];
  std::size_t common = 0;
  for (const std::uint32_t ngram : prediction) {
    if (ngram >= left.size() || left[ngram] == 0) continue;
    --left[ngram];
    ++common;
  }
  return score_of(common, reference.size(), prediction.size());
}

RougeScore RougePair::rouge_l() const {
  const std::size_t common = common_subsequence_length(prediction_, reference_, ids_);
  return score_of(common, reference_.size(), prediction_.size());
}

std::vector<std::pair<std::size_t, std::size_t>> RougePair::common_words() const {
  return common_subsequence(reference_, prediction_, ids_);
}

RougeScore best_of(std::span<const RougeScore> scores) {
  RougeScore best;
  for (const RougeScore& score : scores)
    if (score.f1 > best.f1) best = score;
  return best;
}

}  // namespace tauscope
