// What a scan of a row and the one streaming pass share: a row's blocks, maxima and outliers, without
// vectors.
#pragma once

#include <array>
#include <limits>
#include <span>
#include <vector>

#include "kernels/cpu_fast.h"

namespace tauscope::fast {

inline constexpr float lowest_float = -std::numeric_limits<float>::infinity();

/// Blocks that the streaming pass has not added yet, by what they may have to do without.
enum Holder : std::size_t { of_teacher, of_student, of_target, holders };
using HeldBlocks = std::array<std::size_t, holders>;
inline constexpr std::size_t no_block = std::numeric_limits<std::size_t>::max();

/// The logits of one block of a side, as floats.
struct BlockCopy {
  float values[block_size];
  std::size_t first, count;
  BlockCopy(const RowSide& side, std::size_t vocab, std::size_t block);
  float largest() const;
};

/// Fills maximum and argmax from the maxima of the blocks.
void find_argmax(RowSide& side, std::size_t vocab, const std::vector<float>& maxima);

/// The row's outliers: the largest token of each side, and the target.
void add_outliers(Row& row);

/// Their logits, less what the sums are relative to.
void place_outliers(Row& row);

/// Maximum without the outliers; only their blocks are looked at again.
float rest_maximum(const Row& row, const RowSide& side, const std::vector<float>& maxima);

/// Whether every logit that is not finite is -inf on both sides.
bool masked_alike(const Row& row);

/// How many neighbours differ, at least 1.
double variety_of(const std::vector<float>& maxima);

/// Adds one block to workspace.lanes, without the outliers and what is masked.
void sum_staged_block(const Row& row, std::span<const Rung> rungs, std::size_t block, Workspace& workspace);

/// workspace.sums from workspace.lanes.
void add_up_lanes(std::span<const Rung> rungs, Workspace& workspace);

}  // namespace tauscope::fast
