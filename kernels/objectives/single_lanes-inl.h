// Rows in vectors of float. Only for targets with a fused multiply-add.
//
// What keeps float exact enough: exponents and log-ratios are formed from the logits themselves with rates
// and offsets of two floats, so that neither a large exponent nor an offset between the sides costs digits;
// sums leave the float lanes every few dozen additions.
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
#include "kernels/objectives/single_math-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// 2^(z rate + offset), the exponent formed from z without rounding it; 0 below 2^-127.
struct PowerOfLogit {
  TwoFloats rate, offset;
  SingleLanes lowest;

  HWY_INLINE PowerOfLogit(double rate_by, double offset_by)
      : rate(rate_by), offset(TwoFloats::on_grid(offset_by)), lowest((-127 - offset_by) / rate_by) {}

  HWY_INLINE SingleLanes operator()(SingleLanes logit) const {
    const SingleVector z = hn::Max(logit.v, lowest.v);
    const SplitExponent e(hn::Add(hn::MulAdd(z, rate.high.v, offset.high.v), SplitExponent::magic()));
    const SingleVector f = hn::Add(hn::MulAdd(z, rate.high.v, hn::Sub(offset.high.v, e.n)),
                                   hn::MulAdd(z, rate.low.v, offset.low.v));
    return SingleLanes(hn::Mul(power_of_fraction(f), e.power()));
  }
};

/// exp((z - shift) scale)
class SingleExp {
 public:
  SingleExp(double shift, double scale)
      : power_(log2_e * scale, -shift * (log2_e * scale)), shift_(shift), scale_(scale) {}
  HWY_INLINE SingleLanes operator()(SingleLanes logit) const { return power_(logit); }
  /// The exponent rounded to float.
  HWY_INLINE SingleLanes exponent(SingleLanes logit) const { return (logit - shift_) * scale_; }

 private:
  PowerOfLogit power_;
  SingleLanes shift_, scale_;
};

/// log p, as what raises p to the power that a formula wants.
struct PreparedPower {
  SingleLanes z;
  const PowerOfLogit& power;
};
template <>
struct LogOf<SingleLanes> {
  using type = PreparedPower;
};
HWY_INLINE SingleLanes p_power(const Token<SingleLanes>& k, double) {
  return k.log_p.power(k.log_p.z);
}
HWY_INLINE SingleLanes q_power(const Token<SingleLanes>& k, double) {
  return k.log_q.power(k.log_q.z);
}
/// From the side that is the larger one: q^(a + b) e^(-a t) or p^(a + b) e^(b t).
HWY_INLINE SingleLanes mixed_power(const Token<SingleLanes>& k, double a, double b, SingleLanes of_p,
                                   SingleLanes of_q) {
  const LanesCondition<float> q_larger = k.t >= SingleLanes();
  return select(q_larger, of_q, of_p) * exp_of(k.t * select(q_larger, SingleLanes(-a), SingleLanes(b)));
}

/// student - teacher - offset: what rounding the difference loses is added to what is left of it.
struct SingleDifference {
  TwoFloats offset;
  explicit SingleDifference(double offset_by) : offset(offset_by) {}
  HWY_INLINE SingleLanes operator()(SingleLanes student, SingleLanes teacher) const {
    const PreciseLanes d = exact_sum(student, SingleLanes() - teacher);
    return (d.high - offset.high) + (d.low - offset.low);
  }
};

/// FrameOf in float: log q - log p = (z_s - z_t) scale_s + z_t (scale_s - scale_t) + constants, with every
/// product and difference exact before the last sum.
class SingleFrame {
 public:
  explicit SingleFrame(const Softened<double>& s, double exponent = 1)
      : exp_t_(s.shift_t, s.scale_t),
        exp_s_(s.shift_s, s.scale_s),
        inverse_t_(s.inverse_t),
        inverse_s_(s.inverse_s),
        rate_(s.scale_s),
        rate_change_(s.scale_s - s.scale_t),
        // Differences first: 0 for equal logits, whatever the compiler fuses.
        constant_((s.shift_t - s.shift_s) * s.scale_s + s.shift_t * (s.scale_t - s.scale_s) + s.log_ratio),
        power_t_(log2_e * exponent * s.scale_t, -log2_e * exponent * (s.shift_t * s.scale_t + s.log_z_t)),
        power_s_(log2_e * exponent * s.scale_s, -log2_e * exponent * (s.shift_s * s.scale_s + s.log_z_s)),
        rescaled_(s.scale_s != s.scale_t) {}

  HWY_INLINE Weights<SingleLanes> weights(SingleLanes teacher, SingleLanes student) const {
    return {exp_t_(teacher), exp_s_(student), change(teacher, student)};
  }
  HWY_INLINE Token<SingleLanes> token(SingleLanes teacher, SingleLanes student, SingleLanes e_teacher,
                                      SingleLanes e_student) const {
    return make_token(times(e_teacher, inverse_t_), times(e_student, inverse_s_), change(teacher, student),
                      PreparedPower{teacher, power_t_}, PreparedPower{student, power_s_});
  }

 private:
  HWY_INLINE SingleLanes change(SingleLanes teacher, SingleLanes student) const {
    const PreciseLanes d = exact_sum(student, SingleLanes() - teacher);
    PreciseLanes constant{constant_.high, constant_.low};
    if (rescaled_) {
      // A masked logit's exponent has to stay finite.
      const SingleLanes z(hn::Max(teacher.v, hn::Set(SingleTag(), -1e18f)));
      const PreciseLanes moved = logarithm(z, rate_change_, constant_);
      constant = {moved.high, moved.low};
    }
    const SingleLanes low = multiply_add(d.low, rate_.high, multiply_add(d.high, rate_.low, constant.low));
    return multiply_add(d.high, rate_.high, constant.high) + low;
  }
  /// A factor rounded to float would move all terms alike.
  static HWY_INLINE SingleLanes times(SingleLanes x, const TwoFloats& factor) {
    return multiply_add(x, factor.high, x * factor.low);
  }
  /// z rate + constant
  static HWY_INLINE PreciseLanes logarithm(SingleLanes z, const TwoFloats& rate, const TwoFloats& constant) {
    const SingleLanes high = product_of(z, rate.high);
    const SingleLanes lost = SingleLanes(hn::MulSub(z.v, rate.high.v, high.v));
    const PreciseLanes sum = exact_sum(high, constant.high);
    return {sum.high, sum.low + (lost + multiply_add(z, rate.low, constant.low))};
  }

  SingleExp exp_t_, exp_s_;
  TwoFloats inverse_t_, inverse_s_, rate_, rate_change_, constant_;
  PowerOfLogit power_t_, power_s_;
  bool rescaled_;
};

class Opening;

struct SingleOps : SingleRounding {
  using Real = double;
  using Stored = float;
  using Lanes = SingleLanes;
  using Frame = SingleFrame;
  using Exp = SingleExp;
  using Difference = SingleDifference;
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
  static HWY_INLINE SingleLanes larger(SingleLanes a, SingleLanes b) {
    return SingleLanes(hn::Max(a.v, b.v));
  }
  static HWY_INLINE SingleLanes smaller(SingleLanes a, SingleLanes b) {
    return SingleLanes(hn::Min(a.v, b.v));
  }
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
