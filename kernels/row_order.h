// The order of a row's tokens, (logit descending, token id ascending), without sorting the row where that is
// avoidable: largest token, ranks, top-k, and the dominant set as a cut in that order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope {

/// What one look at a row says.
struct RowSummary {
  bool valid = false;      ///< no NaN, no +inf, at least one finite logit
  float largest = 0;       ///< of the finite logits
  std::size_t argmax = 0;  ///< the first token that has it
  std::size_t finite = 0;  ///< tokens whose logit is finite (not -inf)
};
RowSummary summarize_row(std::span<const float> logits);

/// 1 + the number of tokens before `token` in the order.
std::size_t rank_of(std::span<const float> logits, std::size_t token);

/// The first k tokens of the order, ascending by id (a set, not a list); k <= logits.size().
void top_tokens(std::span<const float> logits, std::size_t k, std::vector<std::uint32_t>& tokens);

/// The first `count` tokens of the order: those above `logit`, and of those equal to it the ids up to
/// `token`.
struct OrderCut {
  float logit = std::numeric_limits<float>::infinity();
  std::int64_t token = -1;

  bool contains(float z, std::size_t j) const {
    return z > logit || (z == logit && static_cast<std::int64_t>(j) <= token);
  }
};

/// Memory that the cuts below use and may be handed the next row: O(vocabulary).
struct OrderScratch {
  std::vector<double> weight;
  std::vector<float> logit;
  std::vector<std::uint32_t> token;
};

/// A nucleus' or threshold's bound counts as reached within this relative slack, so that ties at the edge (a
/// flat row: 9 of 10 tokens at m = 0.9) do not hang on the last bit of a sum.
inline constexpr double dominant_slack = 1e-12;

/// The dominant set of a valid row at tau = 1, summed in double. A nucleus of mass 1 is every finite token.
OrderCut dominant_cut(std::span<const float> logits, const RowSummary& summary, const DominantSpec& spec,
                      OrderScratch& scratch);

/// The smallest beginning of the order whose mass reaches `mass`, or, without `crossing`, the largest whose
/// mass does not exceed it, and at least one token; at probabilities in proportion to exp((z_j - largest)
/// scale), summed in double. A mass of 1 is every token above the lowest float.
OrderCut mass_cut(std::span<const float> logits, float largest, double scale, double mass, bool crossing,
                  OrderScratch& scratch);

/// Groups the tokens by rank: `tokens` becomes a permutation in which entries [ranks[i-1], ranks[i]) are the
/// tokens of those places in the order, in no particular order within the group. `ranks` ascends and ends
/// with the size; `keys` is memory to work in.
void group_by_rank(std::span<const float> logits, std::span<const std::int64_t> ranks,
                   std::vector<std::uint64_t>& keys, std::vector<std::uint32_t>& tokens);

}  // namespace tauscope
