// One read of a row at one temperature: maxima and sums together.
//
// Two things that the sums need are only known at the end of the row. What they are relative to is a guess
// from the row's beginning instead of the rest's maximum; everything that follows holds for any such shift,
// and a guess too far off is turned down. And the tokens to leave out, each side's largest: the block that
// holds the largest so far waits, and is added when a larger token turns up elsewhere.
#include "kernels/cpu_fast.h"
#include "kernels/cpu_fast_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu_fast_stream.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/cpu_fast_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace fast {
namespace HWY_NAMESPACE {

/// A whole block of float32 logits at one temperature: its sums and its maxima, in one look.
class StreamedBlock {
 public:
  HWY_INLINE StreamedBlock(const Row& row, std::size_t first, const ScaledExp& exp) {
    const Floats d;
    const float* teacher_at = static_cast<const float*>(row.teacher.data) + first;
    const float* student_at = static_cast<const float*>(row.student.data) + first;
    const FloatVector teacher_shift = hn::Set(d, float(row.teacher.rest_maximum));
    const FloatVector student_shift = hn::Set(d, float(row.student.rest_maximum));
    FloatVector teacher = hn::Set(d, lowest_float), student = teacher;
    for (std::size_t i = 0; i < block_size; i += hn::Lanes(d)) {
      const FloatVector zt = hn::LoadU(d, teacher_at + i), zs = hn::LoadU(d, student_at + i);
      teacher = hn::Max(teacher, zt);
      student = hn::Max(student, zs);
      const FloatVector xt = hn::Sub(zt, teacher_shift), xs = hn::Sub(zs, student_shift);
      sums_.add(xt, xs, exp(xt), exp(xs));
      sums_.add_largest(xt, xs);
    }
    teacher_maximum = hn::GetLane(hn::MaxOfLanes(d, teacher));
    student_maximum = hn::GetLane(hn::MaxOfLanes(d, student));
  }
  HWY_INLINE void flush(double* totals) const { sums_.flush(totals); }

  float teacher_maximum, student_maximum;

 private:
  BlockSums<true> sums_;
};

/// Reads the whole blocks of a row once. A block that holds a side's largest token so far, or the target, is
/// not added: it may have to do without that token. One whose token is no longer the largest is added then.
void stream_blocks(const Row& row, const Rung& rung, Workspace& workspace, HeldBlocks& held) {
  const ScaledExp exp(rung.rate);
  double* totals = workspace.lanes.data();
  float best[2] = {lowest_float, lowest_float};
  const auto is_held = [&](std::size_t b) { return std::find(held.begin(), held.end(), b) != held.end(); };
  for (std::size_t b = 0; b < row.vocab / block_size; ++b) {
    const StreamedBlock block(row, b * block_size, exp);
    const float maxima[2] = {block.teacher_maximum, block.student_maximum};
    workspace.teacher_maxima[b] = maxima[of_teacher];
    workspace.student_maxima[b] = maxima[of_student];
    const HeldBlocks before = held;
    for (const std::size_t side : {of_teacher, of_student}) {
      if (!(maxima[side] > best[side])) continue;
      best[side] = maxima[side];
      held[side] = b;
    }
    if (!is_held(b)) {
      block.flush(totals);
      continue;
    }
    for (const std::size_t side : {of_teacher, of_student}) {
      const std::size_t old = before[side];
      const bool added = side == of_student && old == before[of_teacher];
      if (old == no_block || is_held(old) || added) continue;
      StreamedBlock(row, old * block_size, exp).flush(totals);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fast
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope::fast {
HWY_EXPORT(stream_blocks);

namespace {

constexpr std::size_t least_blocks = 8;  // shorter rows are read twice from the cache at no great cost
constexpr double farthest_shift = 30;    // in units of tau: e^60 and e^-60 are in float's range

/// A shift for one side's sums, from the row's beginning; on a coarse grid, so that subtracting it from large
/// logits does not round.
double provisional_shift(const RowSide& side, std::size_t vocab) {
  return std::nearbyint(double(BlockCopy(side, vocab, 0).largest()) * 64) / 64;
}

/// The blocks that stream_blocks left, each once: those held, and the row's end.
std::vector<std::size_t> blocks_left(const Row& row, const HeldBlocks& held) {
  const std::size_t whole = row.vocab / block_size;
  std::vector<std::size_t> blocks(held.begin(), held.end());
  blocks.push_back(row.vocab % block_size == 0 ? no_block : whole);
  std::sort(blocks.begin(), blocks.end());
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  if (blocks.back() == no_block) blocks.pop_back();
  return blocks;
}

bool is_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

/// Fills a side's maximum and argmax. False where a logit of these blocks is not finite.
bool find_largest(RowSide& side, std::size_t vocab, std::span<const std::size_t> blocks,
                  std::vector<float>& maxima) {
  for (const std::size_t b : blocks) {
    const BlockCopy block(side, vocab, b);
    if (!is_finite({block.values, block.count})) return false;
    maxima[b] = block.largest();
  }
  if (!is_finite(maxima)) return false;
  find_argmax(side, vocab, maxima);
  return true;
}

}  // namespace

bool stream_row(Row& row, const Rung& rung, Workspace& workspace) {
  if (row.teacher.dtype != DType::float32 || row.student.dtype != DType::float32) return false;
  if (row.vocab < least_blocks * block_size) return false;
  std::vector<float>&teacher = workspace.teacher_maxima, &student = workspace.student_maxima;
  std::fill(workspace.lanes.begin(), workspace.lanes.end(), 0.0);
  row.teacher.rest_maximum = provisional_shift(row.teacher, row.vocab);
  row.student.rest_maximum = provisional_shift(row.student, row.vocab);
  HeldBlocks held = {no_block, no_block, no_block};
  if (row.target >= 0) held[of_target] = std::size_t(row.target) / block_size;
  HWY_DYNAMIC_DISPATCH(stream_blocks)(row, rung, workspace, held);

  const std::vector<std::size_t> left = blocks_left(row, held);
  if (!find_largest(row.teacher, row.vocab, left, teacher)) return false;
  if (!find_largest(row.student, row.vocab, left, student)) return false;
  add_outliers(row);
  const double off_teacher = rest_maximum(row, row.teacher, teacher) - row.teacher.rest_maximum;
  const double off_student = rest_maximum(row, row.student, student) - row.student.rest_maximum;
  if (!(std::max(std::abs(off_teacher), std::abs(off_student)) <= farthest_shift * rung.tau)) return false;
  row.frame_offset = std::abs(off_teacher - off_student);
  row.variety = std::min(variety_of(teacher), variety_of(student));
  row.rest_empty = false;
  row.finite = true;
  place_outliers(row);
  for (const std::size_t b : left)
    sum_staged_block(row, {&rung, 1}, b, workspace);
  add_up_lanes({&rung, 1}, workspace);
  // Anything that is not finite makes the sums that contain D so.
  const std::array<double, sum_count>& sums = workspace.sums.front().sum;
  return std::all_of(sums.begin(), sums.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace tauscope::fast
#endif  // HWY_ONCE
