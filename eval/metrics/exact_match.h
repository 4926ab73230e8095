// Answers that are right or wrong.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tauscope {

/// The normaliser of SQuAD's evaluation script (Rajpurkar et al. 2016): lower case, ASCII punctuation taken
/// out, the words a, an and the taken out, white space to single blanks.
std::string squad_normalized(std::string_view text);

/// Whether the normalised prediction equals any normalised reference.
bool exact_match(std::span<const std::string> references, std::string_view prediction);

/// The unbiased estimate of the chance that at least one of k answers is right, from `right` of `answers`
/// drawn ones (Chen et al. 2021, section 2.1): 1 - C(answers - right, k) / C(answers, k). NaN where
/// answers < k: it cannot be estimated then.
double pass_at_k(std::int64_t answers, std::int64_t right, std::int64_t k);

}  // namespace tauscope
