// Order statistics of a stream that is too long to sort: found digit by digit of the bit pattern, one pass
// each.
#pragma once

#include <cstdint>
#include <vector>

namespace tauscope {

/// The order statistics that summary_quantiles need, of `count` finite values that are shown again in each
/// pass:
///
///     for (int pass = 0; pass < RankSearch::passes; ++pass) { begin_pass(); add(value)…; end_pass(); }
class RankSearch {
 public:
  static constexpr int digit_bits = 8, passes = 64 / digit_bits;

  explicit RankSearch(std::int64_t count);
  void begin_pass();
  void add(double value);
  void end_pass();
  double low(std::size_t quantile) const;  ///< after the last pass
  double high(std::size_t quantile) const;

 private:
  struct Target {
    std::int64_t rank;     // among the values that share the prefix
    std::uint64_t prefix;  // the digits known so far
  };
  std::int64_t& counter(std::size_t prefix, std::size_t digit) {
    return counts_[(prefix << digit_bits) | digit];
  }

  std::vector<Target> targets_;          // low and high of each quantile in turn
  std::vector<std::uint64_t> prefixes_;  // of the targets, each once
  std::vector<std::int64_t> counts_;     // (prefixes, 256)
  int shift_ = 64;                       // of this pass' digit
};

}  // namespace tauscope
