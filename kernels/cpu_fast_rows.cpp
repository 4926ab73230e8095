// The vector loops of `cpu-fast`: one scan for the maxima, one pass for all sums.
#include "kernels/cpu_fast.h"
#include "kernels/cpu_fast_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu_fast_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "kernels/cpu_fast-inl.h"
#include "kernels/cpu_fast_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace fast {
namespace HWY_NAMESPACE {

constexpr float negative_infinity = -std::numeric_limits<float>::infinity();

const char* name() {
  return hwy::TargetName(HWY_TARGET);
}

bool fused() {
  // With a fused multiply-add, (1 + e)(1 - e) - 1 is -e^2; without, it is 0.
  const Floats d;
  const float e = std::numeric_limits<float>::epsilon();
  const auto product = hn::MulSub(hn::Set(d, 1.0f + e), hn::Set(d, 1.0f - e), hn::Set(d, 1.0f));
  return hn::GetLane(product) != 0.0f;
}

/// Maximum of one side's logits, and whether all are finite, in four chains: one alone would wait for itself.
class MaximumOf {
 public:
  HWY_INLINE MaximumOf() {
    for (FloatVector& p : poison_)
      p = hn::Zero(Floats());
    begin_block();
  }
  HWY_INLINE void begin_block() {
    for (FloatVector& m : maximum_)
      m = hn::Set(Floats(), negative_infinity);
  }
  HWY_INLINE void add(FloatVector x, std::size_t chain) {
    maximum_[chain] = hn::Max(maximum_[chain], x);
    poison_[chain] =
        hn::MulAdd(x, hn::Zero(Floats()), poison_[chain]);  // stays 0 as long as all x are finite
  }
  HWY_INLINE float block() const {
    const FloatVector m = hn::Max(hn::Max(maximum_[0], maximum_[1]), hn::Max(maximum_[2], maximum_[3]));
    return hn::GetLane(hn::MaxOfLanes(Floats(), m));
  }
  HWY_INLINE bool finite() const {
    const FloatVector p = hn::Add(hn::Add(poison_[0], poison_[1]), hn::Add(poison_[2], poison_[3]));
    return hn::GetLane(hn::SumOfLanes(Floats(), p)) == 0.0f;
  }

 private:
  FloatVector maximum_[4], poison_[4];
};

template <DType kType>
bool maxima_of(const RowSide& side, std::size_t vocab, float* maxima) {
  using Element = typename Reader<kType>::Element;
  const Element* p = static_cast<const Element*>(side.data);
  const std::size_t lanes = hn::Lanes(Floats());
  MaximumOf maximum;
  for (std::size_t first = 0; first < vocab; first += block_size) {
    const std::size_t count = std::min(block_size, vocab - first);
    maximum.begin_block();
    std::size_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes) {
      for (std::size_t chain = 0; chain < 4; ++chain)
        maximum.add(Reader<kType>::load(p + first + i + chain * lanes), chain);
    }
    for_each_vector<kType>(p, first + i, count - i,
                           [&](FloatVector x, std::size_t) HWY_ATTR { maximum.add(x, 0); });
    *maxima++ = maximum.block();
  }
  return maximum.finite();
}

/// Maximum of each block of one side, into `maxima`. False if a logit is not finite.
bool block_maxima(const RowSide& side, std::size_t vocab, float* maxima) {
  switch (side.dtype) {
    case DType::float32:
      return maxima_of<DType::float32>(side, vocab, maxima);
    case DType::float16:
      return maxima_of<DType::float16>(side, vocab, maxima);
    case DType::bfloat16:
      return maxima_of<DType::bfloat16>(side, vocab, maxima);
  }
  return false;
}

/// Logits of a block less the rest's maxima, from where shift_block left them.
struct ShiftedBlock {
  const float *teacher, *student;
  HWY_INLINE FloatVector teacher_at(std::size_t i) const { return hn::Load(Floats(), teacher + i); }
  HWY_INLINE FloatVector student_at(std::size_t i) const { return hn::Load(Floats(), student + i); }
};

/// The same from the float32 logits themselves, which saves the way through the buffer.
struct RawBlock {
  const float *teacher, *student;
  FloatVector teacher_shift, student_shift;
  HWY_INLINE RawBlock(const Row& row, std::size_t first)
      : teacher(static_cast<const float*>(row.teacher.data) + first),
        student(static_cast<const float*>(row.student.data) + first) {
    teacher_shift = hn::Set(Floats(), float(row.teacher.rest_maximum));
    student_shift = hn::Set(Floats(), float(row.student.rest_maximum));
  }
  HWY_INLINE FloatVector teacher_at(std::size_t i) const {
    return hn::Sub(hn::LoadU(Floats(), teacher + i), teacher_shift);
  }
  HWY_INLINE FloatVector student_at(std::size_t i) const {
    return hn::Sub(hn::LoadU(Floats(), student + i), student_shift);
  }
};

/// Adds one block at one temperature to `totals`.
template <bool kDirect, bool kSquares, class Source>
HWY_INLINE void sum_block(const Source& source, Workspace::Block& block, std::size_t vectors,
                          const Rung& rung, double* totals) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const ScaledExp exp(rung.rate);
  BlockSums<kSquares> sums;
  for (std::size_t i = 0; i < vectors * lanes; i += lanes) {
    const FloatVector xt = source.teacher_at(i), xs = source.student_at(i);
    FloatVector p, q;
    if constexpr (kDirect) {
      p = exp(xt);
      q = exp(xs);
    } else {
      p = hn::Load(d, block.exp_teacher + i);
      q = hn::Load(d, block.exp_student + i);
      for (int s = 0; s < rung.squarings; ++s)
        p = hn::Mul(p, p), q = hn::Mul(q, q);
    }
    if (rung.feeds_next) {
      hn::Store(p, d, block.exp_teacher + i);
      hn::Store(q, d, block.exp_student + i);
    }
    sums.add(xt, xs, p, q);
    if constexpr (kDirect) sums.add_largest(xt, xs);
  }
  sums.flush(totals);
}

template <bool kDirect, bool kSquares>
void sum_shifted(Workspace::Block& block, std::size_t vectors, const Rung& rung, double* totals) {
  sum_block<kDirect, kSquares>(ShiftedBlock{block.teacher, block.student}, block, vectors, rung, totals);
}

void sum_block_at(Workspace::Block& block, std::size_t vectors, const Rung& rung, double* totals) {
  const bool direct = rung.squarings == 0;
  const auto sum = direct ? (rung.own_squares ? &sum_shifted<true, true> : &sum_shifted<true, false>)
                          : (rung.own_squares ? &sum_shifted<false, true> : &sum_shifted<false, false>);
  sum(block, vectors, rung, totals);
}

/// Whether the block can be summed from where it is: one temperature, float32, no mask, no outlier, no tail.
bool is_plain(const Row& row, std::span<const Rung> rungs, std::size_t first) {
  if (rungs.size() != 1 || !row.finite || row.vocab - first < block_size) return false;
  if (row.teacher.dtype != DType::float32 || row.student.dtype != DType::float32) return false;
  const auto outliers = row.outlier_span();
  return std::none_of(outliers.begin(), outliers.end(),
                      [&](const OutlierToken& o) { return o.index - first < block_size; });
}

/// Adds a block by way of the buffers, without the outliers and what is masked.
void sum_staged(const Row& row, std::span<const Rung> rungs, std::size_t first, Workspace& workspace) {
  Workspace::Block& block = workspace.block.front();
  const std::size_t count = std::min(block_size, row.vocab - first);
  shift_block(row.teacher.dtype, row.teacher.data, first, count, float(row.teacher.rest_maximum),
              block.teacher);
  const std::size_t vectors = shift_block(row.student.dtype, row.student.data, first, count,
                                          float(row.student.rest_maximum), block.student);
  for (const OutlierToken& outlier : row.outlier_span()) {
    if (outlier.index - first < count) {
      block.teacher[outlier.index - first] = masked_logit;
      block.student[outlier.index - first] = masked_logit;
    }
  }
  double* totals = workspace.lanes.data();
  for (const Rung& rung : rungs) {
    sum_block_at(block, vectors, rung, totals);
    totals += (sum_count + 1) * lane_slots;
  }
}

void sum_lanes(const Row& row, std::span<const Rung> rungs, Workspace& workspace) {
  for (std::size_t first = 0; first < row.vocab; first += block_size) {
    if (is_plain(row, rungs, first)) {
      sum_block<true, true>(RawBlock(row, first), workspace.block.front(), block_size / hn::Lanes(Floats()),
                            rungs.front(), workspace.lanes.data());
    } else {
      sum_staged(row, rungs, first, workspace);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fast
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

#if HWY_ARCH_X86
#include <immintrin.h>
#endif

namespace tauscope::fast {
HWY_EXPORT(name);
HWY_EXPORT(fused);
HWY_EXPORT(block_maxima);
HWY_EXPORT(sum_lanes);
HWY_EXPORT(sum_staged);

const char* target_name() {
  return HWY_DYNAMIC_DISPATCH(name)();
}
bool target_is_fused() {
  return HWY_DYNAMIC_DISPATCH(fused)();
}

bool scan_row(Row& row, Workspace& workspace) {
  std::vector<float>&teacher = workspace.teacher_maxima, &student = workspace.student_maxima;
  const bool teacher_finite = HWY_DYNAMIC_DISPATCH(block_maxima)(row.teacher, row.vocab, teacher.data());
  const bool student_finite = HWY_DYNAMIC_DISPATCH(block_maxima)(row.student, row.vocab, student.data());
  row.finite = teacher_finite && student_finite;
  if (!row.finite && !masked_alike(row)) return false;
  find_argmax(row.teacher, row.vocab, teacher);
  find_argmax(row.student, row.vocab, student);
  if (!std::isfinite(row.teacher.maximum)) return false;

  row.variety = std::min(variety_of(teacher), variety_of(student));
  add_outliers(row);
  row.frame_offset = 0;
  row.teacher.rest_maximum = rest_maximum(row, row.teacher, teacher);
  row.student.rest_maximum = rest_maximum(row, row.student, student);
  row.rest_empty = row.teacher.rest_maximum == lowest_float;
  if (row.rest_empty) {
    row.teacher.rest_maximum = row.teacher.maximum;
    row.student.rest_maximum = row.student.maximum;
  }
  place_outliers(row);
  return true;
}

void sum_staged_block(const Row& row, std::span<const Rung> rungs, std::size_t block, Workspace& workspace) {
  HWY_DYNAMIC_DISPATCH(sum_staged)(row, rungs, block * block_size, workspace);
}

void sum_rest(const Row& row, std::span<const Rung> rungs, Workspace& workspace) {
  std::fill(workspace.lanes.begin(), workspace.lanes.end(), 0.0);
  if (!row.rest_empty) HWY_DYNAMIC_DISPATCH(sum_lanes)(row, rungs, workspace);
  add_up_lanes(rungs, workspace);
}

#if HWY_ARCH_X86
FlushSubnormals::FlushSubnormals() : saved_(_mm_getcsr()) {
  _mm_setcsr(saved_ | 0x8000u);
}
FlushSubnormals::~FlushSubnormals() {
  _mm_setcsr(saved_);
}
#else
FlushSubnormals::FlushSubnormals() = default;
FlushSubnormals::~FlushSubnormals() = default;
#endif

}  // namespace tauscope::fast
#endif  // HWY_ONCE
