// How unlike each other the answers of a set are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// Distinct-n (Li et al. 2016): different n-grams of the set over all its n-grams. Words are ROUGE's, without
/// the stemmer; no n-gram crosses from one answer into the next. NaN where there is no n-gram.
double distinct_n(std::span<const std::string> answers, int n);

/// Self-BLEU (Zhu et al. 2018), one value for each answer, in [0, 100]: its BLEU-4 with all other answers as
/// references; the mean is the set's. As sacreBLEU's sentence_bleu: tokenizer 13a, case kept, the orders that
/// the answer has n-grams of ("effective order"), the k-th order without a match smoothed to 1 / (2^k ·
/// n-grams) ("exp"). NaN where there are fewer than two answers. Takes time in proportion to the text.
std::vector<double> self_bleu(std::span<const std::string> answers);

/// sacreBLEU's tokenizer 13a (mteval-v13a).
std::vector<std::string> bleu_tokens(std::string_view text);

}  // namespace tauscope
