// Words as small numbers, so that comparing two of them costs nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tauscope {

/// Numbers words in the order in which they are first seen. The words must outlive it.
class WordIds {
 public:
  std::vector<std::uint32_t> ids(std::span<const std::string> words);
  std::uint32_t size() const { return static_cast<std::uint32_t>(of_.size()); }

 private:
  std::unordered_map<std::string_view, std::uint32_t> of_;
};

/// Numbers the n-grams of lists of words: equal n-grams, and no others, get equal numbers.
class NgramIds {
 public:
  explicit NgramIds(int n) : lengthened_(static_cast<std::size_t>(n - 1)) {}
  /// One number for each n-gram of `words` (numbers of words), in order; none where there are fewer than n.
  std::vector<std::uint32_t> ids(std::span<const std::uint32_t> words);

 private:
  /// At k, the numbers of (k + 2)-grams by the number of the (k + 1)-gram they begin with and their last
  /// word.
  std::vector<std::unordered_map<std::uint64_t, std::uint32_t>> lengthened_;
};

}  // namespace tauscope
