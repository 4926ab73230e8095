// The vector loops of `cpu-fast`: one scan for the maxima, one pass for all sums.
#include "kernels/cpu_fast.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu_fast_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "kernels/cpu_fast-inl.h"

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

/// count logits from `first` on, as floats; `out` has room for whole vectors.
void copy_logits(const RowSide& side, std::size_t first, std::size_t count, float* out) {
  for_each_vector(side.dtype, side.data, first, count,
                  [&](FloatVector x, std::size_t i) HWY_ATTR { hn::StoreU(x, Floats(), out + i); });
}

HWY_INLINE void add_lanes(FloatVector v, double* totals) {
  const Floats d;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (std::size_t k = 0; k < hn::Lanes(d); ++k)
    totals[k] += double(lanes[k]);
}

HWY_INLINE void max_lanes(FloatVector v, double* totals) {
  const Floats d;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (std::size_t k = 0; k < hn::Lanes(d); ++k)
    totals[k] = std::max(totals[k], double(lanes[k]));
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

/// Adds one block at one temperature to `totals` (sum_count + 1, lane_slots): float within a block, double
/// between.
template <bool kDirect, bool kSquares, class Source>
HWY_INLINE void sum_block(const Source& source, Workspace::Block& block, std::size_t vectors,
                          const Rung& rung, double* totals) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const ScaledExp exp(rung.rate);
  const FloatVector zero = hn::Zero(d);
  FloatVector zp = zero, zq = zero, p_d = zero, q_d = zero, p_x = zero, q_x = zero, p_q = zero, qq_dd = zero,
              pq_d = zero, p_p = zero, q_q = zero, qq_d = zero, largest = zero;
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
    const FloatVector difference = hn::Sub(xt, xs), weighted = hn::Mul(q, difference);
    zp = hn::Add(zp, p);
    zq = hn::Add(zq, q);
    p_d = hn::MulAdd(p, difference, p_d);
    q_d = hn::Add(q_d, weighted);
    p_x = hn::MulAdd(p, xt, p_x);
    q_x = hn::MulAdd(q, xs, q_x);
    p_q = hn::MulAdd(p, q, p_q);
    qq_dd = hn::MulAdd(weighted, weighted, qq_dd);
    pq_d = hn::MulAdd(p, weighted, pq_d);
    if constexpr (kSquares) {
      p_p = hn::MulAdd(p, p, p_p);
      q_q = hn::MulAdd(q, q, q_q);
      qq_d = hn::MulAdd(q, weighted, qq_d);
    }
    if constexpr (kDirect) largest = hn::Max(largest, hn::Abs(difference));
  }
  const auto slot = [&](std::size_t sum) { return totals + sum * lane_slots; };
  add_lanes(zp, slot(Zp));
  add_lanes(zq, slot(Zq));
  add_lanes(p_d, slot(pD));
  add_lanes(q_d, slot(qD));
  add_lanes(p_x, slot(pX));
  add_lanes(q_x, slot(qX));
  add_lanes(p_q, slot(pq));
  add_lanes(qq_dd, slot(qqDD));
  add_lanes(pq_d, slot(pqD));
  if constexpr (kSquares) {
    add_lanes(p_p, slot(pp));
    add_lanes(q_q, slot(qq));
    add_lanes(qq_d, slot(qqD));
  }
  if constexpr (kDirect) max_lanes(largest, slot(sum_count));
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

void sum_lanes(const Row& row, std::span<const Rung> rungs, Workspace& workspace) {
  Workspace::Block& block = workspace.block.front();
  const float teacher_shift = float(row.teacher.rest_maximum),
              student_shift = float(row.student.rest_maximum);
  for (std::size_t first = 0; first < row.vocab; first += block_size) {
    if (is_plain(row, rungs, first)) {
      sum_block<true, true>(RawBlock(row, first), block, block_size / hn::Lanes(Floats()), rungs.front(),
                            workspace.lanes.data());
      continue;
    }
    const std::size_t count = std::min(block_size, row.vocab - first);
    shift_block(row.teacher.dtype, row.teacher.data, first, count, teacher_shift, block.teacher);
    const std::size_t vectors =
        shift_block(row.student.dtype, row.student.data, first, count, student_shift, block.student);
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
HWY_EXPORT(copy_logits);
HWY_EXPORT(sum_lanes);

namespace {

constexpr float lowest_float = -std::numeric_limits<float>::infinity();

/// Calls visit(block of floats, first, count) for one block of a side.
struct BlockCopy {
  float values[block_size + lane_slots];
  std::size_t first, count;
  BlockCopy(const RowSide& side, std::size_t vocab, std::size_t block)
      : first(block * block_size), count(std::min(block_size, vocab - first)) {
    HWY_DYNAMIC_DISPATCH(copy_logits)(side, first, count, values);
  }
};

void find_argmax(RowSide& side, std::size_t vocab, const std::vector<float>& maxima) {
  const auto best = std::max_element(maxima.begin(), maxima.end());
  side.maximum = *best;
  const BlockCopy block(side, vocab, std::size_t(best - maxima.begin()));
  side.argmax =
      block.first + std::size_t(std::find(block.values, block.values + block.count, *best) - block.values);
}

float logit_at(const RowSide& side, std::size_t index) {
  float values[lane_slots];
  HWY_DYNAMIC_DISPATCH(copy_logits)(side, index, 1, values);
  return values[0];
}

/// Maximum without the outliers; only their blocks are looked at again.
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
    result = std::max(result, *std::max_element(block.values, block.values + block.count));
  }
  return result;
}

/// Whether every logit that is not finite is -inf on both sides.
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

/// How many neighbours differ, at least 1.
double variety_of(const std::vector<float>& maxima) {
  double changes = 1;
  for (std::size_t b = 1; b < maxima.size(); ++b)
    changes += maxima[b] != maxima[b - 1];
  return changes;
}

void add_outlier(Row& row, std::size_t index) {
  for (const OutlierToken& o : row.outlier_span()) {
    if (o.index == index) return;
  }
  row.outliers[row.outlier_count++].index = index;
}

}  // namespace

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
  row.outlier_count = 0;
  add_outlier(row, row.teacher.argmax);
  add_outlier(row, row.student.argmax);
  if (row.target >= 0) add_outlier(row, std::size_t(row.target));
  row.teacher.rest_maximum = rest_maximum(row, row.teacher, teacher);
  row.student.rest_maximum = rest_maximum(row, row.student, student);
  row.rest_empty = row.teacher.rest_maximum == lowest_float;
  if (row.rest_empty) {
    row.teacher.rest_maximum = row.teacher.maximum;
    row.student.rest_maximum = row.student.maximum;
  }
  for (std::size_t i = 0; i < row.outlier_count; ++i) {
    OutlierToken& o = row.outliers[i];
    o.teacher = double(logit_at(row.teacher, o.index)) - row.teacher.rest_maximum;
    o.student = double(logit_at(row.student, o.index)) - row.student.rest_maximum;
  }
  return true;
}

void sum_rest(const Row& row, std::span<const Rung> rungs, Workspace& workspace) {
  std::fill(workspace.lanes.begin(), workspace.lanes.end(), 0.0);
  if (!row.rest_empty) HWY_DYNAMIC_DISPATCH(sum_lanes)(row, rungs, workspace);
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
