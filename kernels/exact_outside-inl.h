// Which tokens of a row are outside the dominant set, vector by vector. A Highway per-target header: include
// it after "hwy/foreach_target.h" and <hwy/highway.h>.
#if defined(TAUSCOPE_KERNELS_EXACT_OUTSIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_EXACT_OUTSIDE_INL_H_
#undef TAUSCOPE_KERNELS_EXACT_OUTSIDE_INL_H_
#else
#define TAUSCOPE_KERNELS_EXACT_OUTSIDE_INL_H_
#endif

#include <hwy/highway.h>

#include <cmath>
#include <limits>

#include "kernels/exact_passes.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Lanes of float or double, of teacher logits.
template <class DX>
class OutsideMask {
 public:
  using VX = hn::Vec<DX>;
  using T = hn::TFromD<DX>;

  HWY_INLINE explicit OutsideMask(const Segment& segment) : end_(segment.cut_end) {
    // Up to cut_end what equals the cut is inside: there the bound is the next number below.
    const float below = std::nextafter(segment.cut, -std::numeric_limits<float>::infinity());
    before_end_ = hn::Set(DX(), static_cast<T>(below));
    behind_end_ = hn::Set(DX(), static_cast<T>(segment.cut));
  }

  HWY_INLINE hn::Mask<DX> operator()(std::size_t j, VX teacher) const {
    const DX d;
    if (j >= end_) return hn::Le(teacher, behind_end_);
    if (j + hn::Lanes(d) <= end_) return hn::Le(teacher, before_end_);
    return hn::Le(teacher, hn::IfThenElse(hn::FirstN(d, end_ - j), before_end_, behind_end_));
  }

 private:
  std::size_t end_;
  VX before_end_, behind_end_;
};

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
