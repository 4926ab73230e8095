#include "eval/metrics/diversity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "eval/metrics/rouge_tokens.h"
#include "eval/metrics/word_ids.h"

namespace tauscope {
namespace {

constexpr int orders = 4;

/// How often an n-gram stands in the answer where it stands most often, and in the next one.
struct Most {
  std::uint32_t count = 0, second = 0;
  std::size_t answer = 0;

  void add(std::uint32_t n, std::size_t from) {
    if (n > count) {
      second = count;
      count = n;
      answer = from;
    } else if (n > second) {
      second = n;
    }
  }
  std::uint32_t elsewhere(std::size_t from) const { return answer == from ? second : count; }
};

using Counts = std::unordered_map<std::uint32_t, std::uint32_t>;

/// BLEU's counts of all answers: for each order, each answer's n-grams and the most of each in any answer.
class NgramCounts {
 public:
  explicit NgramCounts(std::span<const std::string> answers) : sizes_(answers.size()) {
    WordIds words;
    std::vector<std::vector<std::string>> texts;
    texts.reserve(answers.size());  // WordIds looks into them
    std::vector<std::vector<std::uint32_t>> numbers;
    for (const std::string& answer : answers) {
      texts.push_back(bleu_tokens(answer));
      numbers.push_back(words.ids(texts.back()));
      sizes_[numbers.size() - 1] = texts.back().size();
    }
    for (int n = 1; n <= orders; ++n) {
      NgramIds ngrams(n);
      auto& counts = counts_[static_cast<std::size_t>(n - 1)];
      auto& most = most_[static_cast<std::size_t>(n - 1)];
      for (std::size_t i = 0; i < answers.size(); ++i) {
        Counts& own = counts.emplace_back();
        for (const std::uint32_t ngram : ngrams.ids(numbers[i]))
          ++own[ngram];
        for (const auto& [ngram, count] : own)
          most[ngram].add(count, i);
      }
    }
  }

  std::size_t size(std::size_t answer) const { return sizes_[answer]; }

  /// N-grams of one answer that others have too, each at most as often as one of them has it.
  std::uint64_t matched(std::size_t order, std::size_t answer) const {
    std::uint64_t matched = 0;
    for (const auto& [ngram, count] : counts_[order][answer])
      matched += std::min(count, most_[order].at(ngram).elsewhere(answer));
    return matched;
  }

 private:
  std::vector<std::size_t> sizes_;
  std::array<std::vector<Counts>, orders> counts_;
  std::array<std::unordered_map<std::uint32_t, Most>, orders> most_;
};

/// sacreBLEU's compute_bleu with smoothing "exp" and the effective order.
double bleu(const NgramCounts& counts, std::size_t answer, std::size_t reference_size) {
  const std::size_t size = counts.size(answer);
  double logs = 0, halved = 1;
  int used = 0;
  bool any = false;
  for (std::size_t n = 1; n <= orders && n <= size; ++n, ++used) {
    const auto total = static_cast<double>(size - n + 1);
    const std::uint64_t matched = counts.matched(n - 1, answer);
    any = any || matched > 0;
    logs +=
        std::log(matched > 0 ? 100 * static_cast<double>(matched) / total : 100 / ((halved *= 2) * total));
  }
  if (!any) return 0;
  const double shortness = static_cast<double>(reference_size) / static_cast<double>(size);
  return (shortness > 1 ? std::exp(1 - shortness) : 1) * std::exp(logs / used);
}

/// Of the other answers' sizes the closest to one's own; of two as close the smaller one.
std::size_t closest_size(const std::vector<std::size_t>& sorted, std::size_t own) {
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), own);
  if (last - first > 1) return own;
  if (first == sorted.begin()) return *last;
  const std::size_t below = *std::prev(first);
  return last == sorted.end() || own - below <= *last - own ? below : *last;
}

}  // namespace

double distinct_n(std::span<const std::string> answers, int n) {
  std::vector<RougeTokens> texts;
  texts.reserve(answers.size());
  WordIds words;
  NgramIds ngrams(n);
  std::size_t all = 0;
  std::uint32_t different = 0;
  for (const std::string& answer : answers) {
    texts.push_back(rouge_tokens(answer, false));
    for (const std::uint32_t ngram : ngrams.ids(words.ids(texts.back().words))) {
      ++all;
      different = std::max(different, ngram + 1);
    }
  }
  if (all == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(different) / static_cast<double>(all);
}

std::vector<double> self_bleu(std::span<const std::string> answers) {
  std::vector<double> scores(answers.size(), std::numeric_limits<double>::quiet_NaN());
  if (answers.size() < 2) return scores;
  const NgramCounts counts(answers);
  std::vector<std::size_t> sorted;
  for (std::size_t i = 0; i < answers.size(); ++i)
    sorted.push_back(counts.size(i));
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < answers.size(); ++i)
    scores[i] = bleu(counts, i, closest_size(sorted, counts.size(i)));
  return scores;
}

}  // namespace tauscope
