// One lane of a scalar: the rows of the reference.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SCALAR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SCALAR_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SCALAR_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SCALAR_INL_H_
#endif

#include "kernels/objectives/frame-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// What a row is computed with: its numbers by themselves (Real), in arrays (Stored) and in lanes, and sums
/// of lanes.
template <class T>
struct ScalarOps {
  using Real = T;
  using Stored = T;
  using Lanes = T;
  using Frame = FrameOf<T, T>;
  using Exp = Exponential<T>;
  using Difference = DifferenceOf<T>;
  using Precise = ScalarOps;  ///< for the moments of a row
  static constexpr std::size_t lanes = 1;
  static constexpr std::size_t block = std::size_t(-1);  ///< most tokens between two calls of Sum::flush
  static constexpr double rounding = 0;  ///< of a term, where results have to be tested for it
  struct Sum {
    T value{0};
    TAUSCOPE_HD void add(T x) { value += x; }
    TAUSCOPE_HD void flush() {}
    TAUSCOPE_HD T total() const { return value; }
  };
  static TAUSCOPE_HD T load(const float* p) { return static_cast<T>(*p); }
  static TAUSCOPE_HD T load_stored(const T* p) { return *p; }
  static TAUSCOPE_HD void store(T x, T* p) { *p = x; }
  static TAUSCOPE_HD T largest(T x) { return x; }
  static TAUSCOPE_HD T index(std::size_t i) { return static_cast<T>(i); }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
