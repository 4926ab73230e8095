#include "kernels/cpu_fast_blocks.h"

#include <algorithm>
#include <cmath>

#include "kernels/load_row.h"

namespace tauscope::fast {
namespace {

/// `count` logits of a side from `first` on.
void copy_logits(const RowSide& side, std::size_t first, std::size_t count, float* out) {
  const char* data = static_cast<const char*>(side.data) + first * dtype_bytes(side.dtype);
  load_row({data, 1, count, count, side.dtype}, 0, {out, count});
}

float logit_at(const RowSide& side, std::size_t index) {
  float value = 0;
  copy_logits(side, index, 1, &value);
  return value;
}

void add_outlier(Row& row, std::size_t index) {
  for (const OutlierToken& o : row.outlier_span()) {
    if (o.index == index) return;
  }
  row.outliers[row.outlier_count++].index = index;
}

}  // namespace

BlockCopy::BlockCopy(const RowSide& side, std::size_t vocab, std::size_t block)
    : first(block * block_size), count(std::min(block_size, vocab - first)) {
  copy_logits(side, first, count, values);
}

float BlockCopy::largest() const {
  return *std::max_element(values, values + count);
}

void find_argmax(RowSide& side, std::size_t vocab, const std::vector<float>& maxima) {
  const auto best = std::max_element(maxima.begin(), maxima.end());
  side.maximum = *best;
  const BlockCopy block(side, vocab, std::size_t(best - maxima.begin()));
  side.argmax =
      block.first + std::size_t(std::find(block.values, block.values + block.count, *best) - block.values);
}

void add_outliers(Row& row) {
  row.outlier_count = 0;
  add_outlier(row, row.teacher.argmax);
  add_outlier(row, row.student.argmax);
  if (row.target >= 0) add_outlier(row, std::size_t(row.target));
}

void place_outliers(Row& row) {
  for (std::size_t i = 0; i < row.outlier_count; ++i) {
    OutlierToken& o = row.outliers[i];
    o.teacher = double(logit_at(row.teacher, o.index)) - row.teacher.rest_maximum;
    o.student = double(logit_at(row.student, o.index)) - row.student.rest_maximum;
  }
}

float rest_maximum(const Row& row, const RowSide& side, const std::vector<float>& maxima) {
  const auto outliers = row.outlier_span();
  float result = lowest_float;
  for (std::size_t b = 0; b < maxima.size(); ++b) {
    const auto inside = [&](const OutlierToken& o) { return o.index / block_size == b; };
    if (std::none_of(outliers.begin(), outliers.end(), inside)) {
      result = std::max(result, maxima[b]);
      continue;
    }
    BlockCopy block(side, row.vocab, b);
    for (const OutlierToken& o : outliers) {
      if (inside(o)) block.values[o.index - block.first] = lowest_float;
    }
    result = std::max(result, block.largest());
  }
  return result;
}

bool masked_alike(const Row& row) {
  for (std::size_t b = 0; b * block_size < row.vocab; ++b) {
    const BlockCopy teacher(row.teacher, row.vocab, b), student(row.student, row.vocab, b);
    for (std::size_t i = 0; i < teacher.count; ++i) {
      const float t = teacher.values[i], s = student.values[i];
      if (std::isfinite(t) && std::isfinite(s)) continue;
      if (!(t == lowest_float && s == lowest_float)) return false;
    }
  }
  return true;
}

double variety_of(const std::vector<float>& maxima) {
  double changes = 1;
  for (std::size_t b = 1; b < maxima.size(); ++b)
    changes += maxima[b] != maxima[b - 1];
  return changes;
}

void add_up_lanes(std::span<const Rung> rungs, Workspace& workspace) {
  const double* lanes = workspace.lanes.data();
  for (std::size_t r = 0; r < rungs.size(); ++r) {
    RestSums& sums = workspace.sums[r];
    for (std::size_t s = 0; s < sum_count; ++s, lanes += lane_slots) {
      sums.sum[s] = 0;
      for (std::size_t k = 0; k < lane_slots; ++k)
        sums.sum[s] += lanes[k];
    }
    sums.largest_difference = *std::max_element(lanes, lanes + lane_slots);
    lanes += lane_slots;
  }
  for (std::size_t r = 0; r < rungs.size(); ++r) {  // what a rung shares with its neighbours
    RestSums& sums = workspace.sums[r];
    if (rungs[r].squarings > 0) sums.largest_difference = workspace.sums[r - 1].largest_difference;
    if (rungs[r].own_squares) continue;
    const RestSums& next = workspace.sums[r + 1];
    sums.sum[pp] = next.sum[Zp];
    sums.sum[qq] = next.sum[Zq];
    sums.sum[qqD] = next.sum[qD];
  }
}

}  // namespace tauscope::fast
