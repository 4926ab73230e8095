// Sums of the fast kernels over one block of a row, in vectors. A Highway per-target header: include it after
// "hwy/foreach_target.h" and <hwy/highway.h>.
#if defined(TAUSCOPE_KERNELS_CPU_FAST_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_CPU_FAST_SUMS_INL_H_
#undef TAUSCOPE_KERNELS_CPU_FAST_SUMS_INL_H_
#else
#define TAUSCOPE_KERNELS_CPU_FAST_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/cpu_fast-inl.h"
#include "kernels/cpu_fast.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace fast {
namespace HWY_NAMESPACE {

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

/// Sums of one block at one temperature, in float.
template <bool kSquares>
struct BlockSums {
  FloatVector zp, zq, p_d, q_d, p_x, q_x, p_q, qq_dd, pq_d, p_p, q_q, qq_d, largest;

  HWY_INLINE BlockSums() {
    zp = zq = p_d = q_d = p_x = q_x = p_q = qq_dd = pq_d = p_p = q_q = qq_d = largest = hn::Zero(Floats());
  }

  HWY_INLINE void add(FloatVector xt, FloatVector xs, FloatVector p, FloatVector q) {
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
  }
  HWY_INLINE void add_largest(FloatVector xt, FloatVector xs) {
    largest = hn::Max(largest, hn::Abs(hn::Sub(xt, xs)));
  }

  /// To `totals` (sum_count + 1, lane_slots): float within a block, double between.
  HWY_INLINE void flush(double* totals) const {
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
    max_lanes(largest, slot(sum_count));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fast
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
