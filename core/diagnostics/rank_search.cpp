#include "core/diagnostics/rank_search.h"

#include <algorithm>
#include <bit>

#include "core/diagnostics/quantile_place.h"

namespace tauscope {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

/// Unsigned integers in the order of the doubles; both zeros are one value.
std::uint64_t ordered_key(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return bits & sign_bit ? ~bits : bits | sign_bit;
}

double value_of_key(std::uint64_t key) {
  return std::bit_cast<double>(key & sign_bit ? key ^ sign_bit : ~key);
}

}  // namespace

RankSearch::RankSearch(std::int64_t count) {
  for (const double quantile : summary_quantiles) {
    const QuantilePlace place(quantile, count);
    targets_.push_back({place.low, 0});
    targets_.push_back({place.high, 0});
  }
}

void RankSearch::begin_pass() {
  shift_ -= digit_bits;
  prefixes_.clear();
  for (const auto& target : targets_) {
    if (std::find(prefixes_.begin(), prefixes_.end(), target.prefix) == prefixes_.end()) {
      prefixes_.push_back(target.prefix);
    }
  }
  counts_.assign(prefixes_.size() << digit_bits, 0);
}

void RankSearch::add(double value) {
  const std::uint64_t key = ordered_key(value);
  const int known = shift_ + digit_bits;  // a shift by 64 is not defined: in the first pass nothing is known
  const std::uint64_t prefix = known < 64 ? key >> known : 0;
  const auto found = std::find(prefixes_.begin(), prefixes_.end(), prefix);
  if (found == prefixes_.end()) return;
  ++counter(static_cast<std::size_t>(found - prefixes_.begin()), (key >> shift_) & 0xff);
}

void RankSearch::end_pass() {
  for (auto& target : targets_) {
    const auto prefix = static_cast<std::size_t>(
        std::find(prefixes_.begin(), prefixes_.end(), target.prefix) - prefixes_.begin());
    std::uint64_t digit = 0;
    for (; target.rank >= counter(prefix, digit); ++digit)
      target.rank -= counter(prefix, digit);
    target.prefix = (target.prefix << digit_bits) | digit;
  }
}

double RankSearch::low(std::size_t quantile) const {
  return value_of_key(targets_[2 * quantile].prefix);
}
double RankSearch::high(std::size_t quantile) const {
  return value_of_key(targets_[2 * quantile + 1].prefix);
}

}  // namespace tauscope
