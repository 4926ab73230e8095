#include "eval/metrics/common_subsequence.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tauscope {
namespace {

constexpr std::size_t word_bits = 64;

/// One row of the table t[i][j] (length for the first i of `a` and the first j of `b`) as its steps: bit j -
/// 1 is 0 where t[i][j] = t[i][j - 1] + 1.
using Row = std::vector<std::uint64_t>;

class BitTable {
 public:
  BitTable(std::span<const std::uint32_t> b, std::uint32_t ids)
      : columns_(b.size()), words_((b.size() + word_bits - 1) / word_bits), first_mask_(ids, none) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t& first = first_mask_[b[j]];
      if (first == none) {
        first = masks_.size();
        masks_.resize(masks_.size() + words_, 0);
      }
      masks_[first + j / word_bits] |= std::uint64_t{1} << (j % word_bits);
    }
  }

  Row top() const { return Row(words_, ~std::uint64_t{0}); }

  /// From the row above to the row of `element`.
  void advance(Row& row, std::uint32_t element) const {
    const std::size_t first = first_mask_[element];
    if (first == none) return;
    std::uint64_t carry = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      const std::uint64_t v = row[w], mask = masks_[first + w], matched = v & mask;
      const std::uint64_t partial = v + carry, sum = partial + matched;
      carry = (partial < carry) | (sum < matched);
      row[w] = sum | (v & ~mask);
    }
  }

  static bool steps_at(const Row& row, std::size_t j) {
    return (row[(j - 1) / word_bits] >> ((j - 1) % word_bits) & 1) == 0;
  }

  /// t[i][j].
  static std::size_t value(const Row& row, std::size_t j) {
    std::size_t count = 0;
    for (std::size_t w = 0; w < j / word_bits; ++w)
      count += static_cast<std::size_t>(std::popcount(~row[w]));
    if (const std::size_t rest = j % word_bits; rest != 0)
      count += static_cast<std::size_t>(std::popcount(~row[j / word_bits] << (word_bits - rest)));
    return count;
  }
  std::size_t columns() const { return columns_; }

 private:
  static constexpr std::size_t none = ~std::size_t{0};
  std::size_t columns_, words_;
  std::vector<std::size_t> first_mask_;  ///< of each element: where its mask begins
  std::vector<std::uint64_t> masks_;
};

/// The rows of a table, read from the last to the first. Every block-th one is kept, the others are computed
/// anew a block at a time.
class RowsBackward {
 public:
  RowsBackward(const BitTable& table, std::span<const std::uint32_t> a)
      : table_(table),
        a_(a),
        block_(std::max<std::size_t>(
            1, static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(a.size())))))) {
    Row row = table.top();
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (i % block_ == 0) kept_.push_back(row);
      table.advance(row, a[i]);
    }
    if (a.size() % block_ == 0) kept_.push_back(row);
  }

  const Row& row(std::size_t i) {
    if (const std::size_t block = i / block_; rows_.empty() || block != current_) {
      current_ = block;
      rows_.assign(1, kept_[block]);
      for (std::size_t at = block * block_; at < std::min(a_.size(), (block + 1) * block_ - 1); ++at) {
        rows_.push_back(rows_.back());
        table_.advance(rows_.back(), a_[at]);
      }
    }
    return rows_[i % block_];
  }

 private:
  const BitTable& table_;
  std::span<const std::uint32_t> a_;
  std::size_t block_, current_ = 0;
  std::vector<Row> kept_, rows_;
};

}  // namespace

std::size_t common_subsequence_length(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                                      std::uint32_t ids) {
  if (a.empty() || b.empty()) return 0;
  const BitTable table(b, ids);
  Row row = table.top();
  for (const std::uint32_t element : a)
    table.advance(row, element);
  return BitTable::value(row, b.size());
}

std::vector<std::pair<std::size_t, std::size_t>> common_subsequence(std::span<const std::uint32_t> a,
                                                                    std::span<const std::uint32_t> b,
                                                                    std::uint32_t ids) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  if (a.empty() || b.empty()) return found;
  const BitTable table(b, ids);
  RowsBackward rows(table, a);
  std::size_t i = a.size(), j = b.size();
  while (i > 0 && j > 0) {
    if (a[i - 1] == b[j - 1]) {
      found.emplace_back(--i, --j);
      continue;
    }
    const Row above = rows.row(i - 1);  // a copy: the row itself may lie in the next block
    const Row& here = rows.row(i);
    std::size_t left_value = BitTable::value(here, j - 1), above_value = BitTable::value(above, j);
    while (j > 0 && a[i - 1] != b[j - 1] && left_value > above_value) {
      above_value -= BitTable::steps_at(above, j);
      --j;
      left_value -= j > 0 && BitTable::steps_at(here, j);
    }
    if (j > 0 && a[i - 1] != b[j - 1]) --i;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace tauscope
