// The longest common subsequence of two lists of words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tauscope {

/// Its length. Bit-parallel (Crochemore, Iliopoulos, Pinzon, Reid 2001; Hyyrö 2004): 64 columns of the table
/// at a time, O(a b / 64) steps. Elements must be below `ids`, the number of different ones.
std::size_t common_subsequence_length(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b,
                                      std::uint32_t ids);

/// Its elements as positions in `a` and in `b`, both rising. Of several longest ones, the one that
/// `rouge_score` reads from its table: from the ends, equal elements are taken, else one of `b` is passed
/// over if that alone keeps the length, else one of `a`. Memory is O(√a · b) bits, also for very long texts.
std::vector<std::pair<std::size_t, std::size_t>> common_subsequence(std::span<const std::uint32_t> a,
                                                                    std::span<const std::uint32_t> b,
                                                                    std::uint32_t ids);

}  // namespace tauscope
