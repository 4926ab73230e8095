// Rows in vectors of float. Only for targets with a fused multiply-add. Sums leave the float lanes every few
// dozen additions.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_LANES_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/objectives/account-inl.h"
#include "kernels/objectives/double_lanes-inl.h"
#include "kernels/objectives/single_frame-inl.h"

TAUSCOPE_FORMULAS_BEGIN

using SingleLanes = Lanes<float>;
using SingleTag = SingleLanes::Tag;
using SingleVector = hn::Vec<SingleTag>;

HWY_INLINE SingleLanes pinned(SingleLanes x) {
  return x;
}
HWY_INLINE SingleLanes power_from_bits(SingleLanes x) {
  const hn::Rebind<std::uint32_t, SingleTag> du;
  return SingleLanes(hn::BitCast(SingleTag(), hn::ShiftLeft<23>(hn::BitCast(du, x.v))));
}
HWY_INLINE NearOne<SingleLanes> split_near_one(SingleLanes u) {
  const SingleTag d;
  const hn::Rebind<std::int32_t, SingleTag> di;
  constexpr std::int32_t one = 0x3F800000, sqrt_half = 0x3F3504F3;
  const auto k = hn::ShiftRight<23>(hn::Add(hn::BitCast(di, u.v), hn::Set(di, one - sqrt_half)));
  // 2^-k by its bits: the exponent's bias less k.
  return {SingleLanes(hn::BitCast(d, hn::ShiftLeft<23>(hn::Sub(hn::Set(di, 254), k)))),
          SingleLanes(hn::ConvertTo(d, hn::Sub(k, hn::Set(di, 127))))};
}

HWY_INLINE SingleLanes exp_of(SingleLanes x) {
  return single_exp(x);
}
HWY_INLINE SingleLanes exp_below_of(SingleLanes x) {
  return single_exp(x);
}
HWY_INLINE ExpAndLessOne<SingleLanes> exp_and_expm1_of(SingleLanes x) {
  return single_exp_and_expm1(x);
}
HWY_INLINE SingleLanes log1p_of(SingleLanes x) {
  return single_log1p(x);
}
HWY_INLINE SingleLanes exp_tail(SingleLanes x) {
  return single_exp_tail(x);
}

template <>
struct LogOf<SingleLanes> {
  using type = PreparedPower<SingleLanes>;
};

class Opening;

struct SingleOps : SingleRounding {
  using Real = double;
  using Stored = float;
  using Lanes = SingleLanes;
  using Frame = SingleFrame<SingleLanes>;
  using Exp = SingleExp<SingleLanes>;
  using Difference = SingleDifference<SingleLanes>;
  using Precise = DoubleOps;
  using Opening = HWY_NAMESPACE::Opening;
  static constexpr std::size_t lanes = hn::MaxLanes(SingleTag()), block = 32 * lanes;

  /// Float within a block, double between blocks; lane by lane.
  class Sum {
   public:
    HWY_INLINE Sum() : now_(0.0) {}
    HWY_INLINE void add(SingleLanes x) { now_ = now_ + x; }
    HWY_INLINE void flush() {
      float values[lanes];
      hn::StoreU(now_.v, SingleTag(), values);
      for (std::size_t k = 0; k < lanes; ++k)
        total_[k] += static_cast<double>(values[k]);
      now_ = SingleLanes();
    }
    double total() const {
      double sum = 0;
      for (const double lane : total_)
        sum += lane;
      return sum;
    }

   private:
    SingleLanes now_;
    double total_[lanes] = {};
  };
  static HWY_INLINE SingleLanes load(const float* p) { return SingleLanes(hn::Load(SingleTag(), p)); }
  static HWY_INLINE SingleLanes load_stored(const float* p) { return load(p); }
  static HWY_INLINE void store(SingleLanes x, float* p) { hn::Store(x.v, SingleTag(), p); }
  static HWY_INLINE double largest(SingleLanes x) {
    return static_cast<double>(hn::GetLane(hn::MaxOfLanes(SingleTag(), x.v)));
  }
  static constexpr double largest_number = 3e38;
  static HWY_INLINE double smallest_lane(SingleLanes x) {
    return static_cast<double>(hn::GetLane(hn::MinOfLanes(SingleTag(), x.v)));
  }
  static HWY_INLINE void prefetch(const RawRow& row, std::size_t i) {
    hwy::Prefetch(static_cast<const char*>(row.data) + i * dtype_bytes(row.dtype));
  }
  /// Exact below 2^24, which tokens are.
  static HWY_INLINE SingleLanes index(std::size_t i) {
    return SingleLanes(hn::Iota(SingleTag(), static_cast<float>(i)));
  }
  /// Writes a row of the gradient to its place; returns the size of its largest entry.
  static double write(const float* gradient, const RowTask& task) {
    return write_entries(
        task, [&](std::size_t j) TAUSCOPE_LOOP { return load_anywhere(gradient + j); },
        [&](std::size_t j) { return gradient[j]; });
  }
  /// The same of scale times what is there.
  static double write_scaled(const float* terms, double scale, const RowTask& task) {
    const SingleLanes lanes_scale(scale);
    const float one_scale = static_cast<float>(scale);
    return write_entries(
        task, [&](std::size_t j) TAUSCOPE_LOOP { return load_anywhere(terms + j) * lanes_scale; },
        [&](std::size_t j) { return terms[j] * one_scale; });
  }
  /// The same of scale (w_j - q_j w).
  static double write_combined(const float* terms, const float* q, double w, double scale,
                               const RowTask& task) {
    const SingleLanes lanes_w(w), lanes_scale(scale);
    const float one_w = static_cast<float>(w), one_scale = static_cast<float>(scale);
    return write_entries(
        task,
        [&](std::size_t j) TAUSCOPE_LOOP {
          return (load_anywhere(terms + j) - load_anywhere(q + j) * lanes_w) * lanes_scale;
        },
        [&](std::size_t j) { return (terms[j] - q[j] * one_w) * one_scale; });
  }
  /// The same of |q_j| times `above` where q_j > 0, and minus `below` elsewhere.
  static double write_sides(const float* q, double above, double below, const RowTask& task) {
    const SingleLanes lanes_above(above), lanes_below(below);
    const float one_above = static_cast<float>(above), one_below = static_cast<float>(below);
    return write_entries(
        task,
        [&](std::size_t j) TAUSCOPE_LOOP {
          const SingleLanes x = load_anywhere(q + j);
          return x * select(x > SingleLanes(), lanes_above, lanes_below);
        },
        [&](std::size_t j) { return q[j] * (q[j] > 0 ? one_above : one_below); });
  }

 private:
  static HWY_INLINE SingleLanes load_anywhere(const float* p) {
    return SingleLanes(hn::LoadU(SingleTag(), p));
  }

  /// Past the cache where the task says so, from the first address on that a vector may be stored to.
  template <class Vector, class Entry>
  static HWY_INLINE double write_entries(const RowTask& task, const Vector& vector, const Entry& entry) {
    float* const to = task.gradient;
    double most = 0;
    std::size_t j = 0;
    const auto one = [&] {
      to[j] = entry(j);
      most = std::max(most, static_cast<double>(std::abs(to[j])));
      ++j;
    };
    SingleVector largest_entry = hn::Zero(SingleTag());
    if (task.streaming) {
      while (j < task.vocab && reinterpret_cast<std::uintptr_t>(to + j) % (lanes * sizeof(float)) != 0)
        one();
      for (; j + lanes <= task.vocab; j += lanes) {
        const SingleVector g = vector(j).v;
        largest_entry = hn::Max(largest_entry, hn::Abs(g));
        hn::Stream(g, SingleTag(), to + j);
      }
      hwy::FlushStream();
    } else {
      for (; j + lanes <= task.vocab; j += lanes) {
        const SingleVector g = vector(j).v;
        largest_entry = hn::Max(largest_entry, hn::Abs(g));
        hn::StoreU(g, SingleTag(), to + j);
      }
    }
    while (j < task.vocab)
      one();
    return std::max(most, largest(SingleLanes(largest_entry)));
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
