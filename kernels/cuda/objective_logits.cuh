// One row's logits on a device, by a block: what is asked of them before an objective is computed
// (kernels/objectives/row_logits-inl.h for the CPU). Everything a member returns is the same in every thread,
// so that objectives branch for the whole block at once.
#pragma once

#include "kernels/cuda/objective_doubles.cuh"
#include "kernels/cuda/objective_singles.cuh"
#include "kernels/cuda/order.cuh"

namespace tauscope::cuda {

inline constexpr int most_parameters = 4;

struct ObjectiveTask {
  Side teacher, student;
  int vocab = 0, resident = 0;
  const std::int64_t* targets = nullptr;  // (rows) or null
  const std::uint8_t* mask = nullptr;     // (rows) or null
  double parameters[most_parameters] = {};
  double tau = 1, factor = 1, value_scale = 1, ce_weight = 0;  // as in objectives::RowTask
  float* gradient = nullptr;                                   // (rows, stride) or null
  long long stride = 0;
  double* loss = nullptr;         // (rows) or null
  std::int32_t* flags = nullptr;  // (rows) or null
};

struct ObjectiveScratch {
  SumScratch<4> sums;
  double totals[4];
  std::uint64_t keys[most_warps];
};

/// `Ops`: DeviceDoubles, or DeviceSingles<>, which declines rows that it cannot vouch for.
template <class Ops>
class ObjectiveLogits {
 public:
  using Real = double;
  using Lane = typename Ops::Lane;
  using Softened = objectives::Softened<double>;

  struct Target {
    double teacher, student;
    bool teacher_masked, student_masked;
  };
  struct Moments {
    double mean, deviation, count;
  };
  /// A beginning of the teacher's order.
  struct Head {
    std::uint64_t last;  ///< key of the token that ends it
    bool with_last;      ///< and belongs to it
  };

  /// `scan`: of a valid row. `order`: memory for head(), where the objective needs it.
  __device__ ObjectiveLogits(const ObjectiveTask& task, const Row& row, const RowScan& scan, int target,
                             ObjectiveScratch& scratch, OrderScratch* order)
      : task_(task),
        row_(row),
        target_(target),
        scratch_(scratch),
        order_(order),
        largest_t_(scan.max_t),
        largest_s_(scan.max_s),
        argmax_t_(scan.argmax_t),
        argmax_s_(scan.argmax_s) {
    // What -inf on one side only does to a row takes room that float does not have; so do huge logits.
    if constexpr (in_float) {
      declined_ = !scan.plain() || !Ops::fits(largest_t_, 1) || !Ops::fits(largest_s_, 1);
    } else if (!scan.plain()) {
      find_lost(false);
    }
  }

  __device__ double scale() const { return 1 / task_.tau; }
  __device__ double factor() const { return task_.factor; }
  __device__ bool has_tokens() const { return largest_t_ > lowest && largest_s_ > lowest; }

  /// Whether float may not be precise enough for the row.
  __device__ bool is_declined() const { return declined_; }
  __device__ void decline() {
    if constexpr (in_float) declined_ = true;
  }

  __device__ Softened soften() { return soften(scale(), scale()); }
  __device__ Softened soften(double scale_t, double scale_s) {
    Softened s;
    s.shift_t = largest_t_;
    s.shift_s = largest_s_;
    s.scale_t = scale_t;
    s.scale_s = scale_s;
    const Frame frame(s);
    Sum z_t, z_s, difference, size;
    each(
        none,
        [&](int, Lane teacher, Lane student) {
          const objectives::Weights<Lane> e = frame.weights(teacher, student);
          const Lane near =
              Lane(0) - e.teacher * multiply_add(e.change * e.change, exp_tail(e.change), e.change);
          const Lane gap = select(abs_of(e.change) < Lane(0.5), near, e.teacher - e.student);
          z_t.add(e.teacher);
          z_s.add(e.student);
          difference.add(gap);
          if constexpr (in_float) size.add(abs_of(gap));
        },
        z_t, z_s, difference, size);
    const Totals sums = total(z_t, z_s, difference, size);
    s.inverse_t = 1 / sums.v[0];
    s.inverse_s = 1 / sums.v[1];
    s.log_z_t = std::log(sums.v[0]);
    s.log_z_s = std::log(sums.v[1]);
    s.log_ratio = sums.v[2] > 0 ? std::log1p(sums.v[2] / sums.v[1]) : -std::log1p(-sums.v[2] / sums.v[0]);
    if constexpr (in_float) {
      if (!Ops::fits(largest_t_, scale_t) || !Ops::fits(largest_s_, scale_s)) decline();
      s.log_ratio_error = Ops::of_log_ratio(s, sums.v[3]);
    }
    return s;
  }

  /// -sum p log p of the teacher at a scale of its own, in nats; every term is >= 0.
  __device__ double teacher_entropy(double scale) const {
    const typename Ops::Exp exp(largest_t_, scale);
    Sum z, sum;
    each(
        argmax_t_,
        [&](int, Lane teacher, Lane) {
          const Lane e = exp(teacher);
          z.add(e);
          sum.add(select(teacher > Lane(lowest), Lane(0) - e * exp.exponent(teacher), Lane(0)));
        },
        z, sum);
    const Totals sums = total(z, sum);
    return std::log1p(sums.v[0]) + sums.v[1] / (1 + sums.v[0]);
  }

  /// value > bound; declines where rounding could decide.
  __device__ bool exceeds(double value, double bound) {
    if constexpr (in_float) {
      if (std::fabs(value - bound) <= Ops::least_distance(bound)) decline();
    }
    return value > bound;
  }

  /// The teacher's head: the smallest set of most probable tokens whose mass reaches `mass`, or, without
  /// `crossing`, the tokens up to which the mass does not exceed it, and at least one. In double.
  __device__ Head head(const Softened& s, double mass, bool crossing) const {
    constexpr double slack = 1e-12;
    const auto weight_of = [&](float t) {
      return exp_below_of(DeviceDouble((static_cast<double>(fmaxf(t, lowest)) - s.shift_t) * s.scale_t)).v;
    };
    double weight = 1 / s.inverse_t;
    if constexpr (in_float) {
      DeviceDoubles::Sum sum;
      for_each_token<Format::any>(row_, [&](int, float t, float) { sum.add(DeviceDouble(weight_of(t))); });
      weight = total(sum).v[0];
    }
    const double bound = mass * weight * (crossing ? 1 - slack : 1 + slack);
    if (mass >= 1 || (!crossing && weight <= bound)) return {0, true};
    const auto visit_all = [&](const auto& visit) {
      for_each_token<Format::any>(row_, [&](int j, float t, float) { visit(order_key(t, j), t); });
    };
    // Without the token that crosses, the bound has to be passed, not only reached.
    const double wanted =
        crossing ? bound : std::bit_cast<double>(std::bit_cast<std::uint64_t>(bound) + std::uint64_t{1});
    const std::uint64_t last = end_of_beginning(*order_, wanted, visit_all, weight_of);
    const float at_last = row_.teacher_at<Format::any>(argmax_t_);
    return {last, crossing || last == order_key(at_last, argmax_t_)};
  }

  __device__ Moments teacher_moments() const {
    return moments([](float teacher, float) { return teacher; });
  }
  __device__ Moments student_moments() const {
    return moments([](float, float student) { return student; });
  }

  /// Takes the target out of both sides, as if it were masked.
  __device__ Target leave_out_target() {
    const float t = row_.teacher_at<Format::any>(target_), s = row_.student_at<Format::any>(target_);
    const bool masked_t = !(t > lowest), masked_s = !(s > lowest);
    left_out_ = target_;
    std::uint64_t key_t = 0, key_s = 0;
    for_each_token<Format::any>(row_, [&](int j, float teacher, float student) {
      if (j == left_out_) return;
      const std::uint64_t at_t = order_key(fmaxf(teacher, lowest), j),
                          at_s = order_key(fmaxf(student, lowest), j);
      key_t = at_t > key_t ? at_t : key_t;
      key_s = at_s > key_s ? at_s : key_s;
    });
    argmax_t_ = key_token(block_max(key_t, scratch_.keys));
    argmax_s_ = key_token(block_max(key_s, scratch_.keys));
    largest_t_ = fmaxf(row_.teacher_at<Format::any>(argmax_t_), lowest);
    largest_s_ = fmaxf(row_.student_at<Format::any>(argmax_s_), lowest);
    if (!in_float && masked_t != masked_s) find_lost(true);
    return {fmaxf(t, lowest), fmaxf(s, lowest), masked_t, masked_s};
  }

 protected:
  static constexpr bool in_float = Ops::rounding > 0;
  using Frame = typename Ops::Frame;
  using Sum = typename Ops::Sum;
  static constexpr int none = -1;
  static constexpr float lowest = -3.4028234663852886e38F;  // stands for -inf: objectives::masked_logit

  struct Totals {
    double v[4];
  };

  static __device__ Lane lane_of(float z) { return Ops::of(fmaxf(z, lowest)); }
  static __device__ double real_of(float z) { return static_cast<double>(fmaxf(z, lowest)); }
  __device__ float teacher_at(int j) const { return row_.teacher_at<Format::any>(j); }
  __device__ float student_at(int j) const { return row_.student_at<Format::any>(j); }

  /// body(j, teacher, student) for this thread's tokens, -inf as `lowest`; `skip` and the token that is left
  /// out as if they were masked on both sides. `sums`: what the body adds to.
  template <class Body, class... Sums>
  __device__ __forceinline__ void each(int skip, const Body& body, Sums&... sums) const {
    Ops::each(
        row_,
        [&](int j, float t, float s) {
          if (j < 0) __builtin_unreachable();  // so that no token is compared with `none`
          const bool here = j != skip && j != left_out_;
          body(j, lane_of(here ? t : lowest), lane_of(here ? s : lowest));
        },
        sums...);
  }
  /// Calls `body` in the thread whose token it is in each().
  template <class Body>
  __device__ void at(int token, const Body& body) const {
    if (token % static_cast<int>(blockDim.x) == static_cast<int>(threadIdx.x)) body();
  }

  template <class S>
  __device__ Totals total(const S& a) const {
    return total(a, S(), S(), S());
  }
  template <class S>
  __device__ Totals total(const S& a, const S& b, const S& c = S(), const S& d = S()) const {
    const double values[4] = {a.total(), b.total(), c.total(), d.total()};
    block_sum(values, scratch_.sums, scratch_.totals);
    return {{scratch_.totals[0], scratch_.totals[1], scratch_.totals[2], scratch_.totals[3]}};
  }
  /// Of numbers >= 0, whose bits are in their order.
  __device__ double largest(Lane x) const {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(static_cast<double>(x.v));
    return std::bit_cast<double>(block_max(bits, scratch_.keys));
  }
  __device__ double smallest(Lane x) const {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(static_cast<double>(x.v));
    return std::bit_cast<double>(~block_max(~bits, scratch_.keys));
  }

  const ObjectiveTask& task_;
  const Row& row_;
  int target_;
  ObjectiveScratch& scratch_;
  OrderScratch* order_;
  double largest_t_, largest_s_;
  int argmax_t_, argmax_s_, left_out_ = none;
  bool student_lost_ = false, teacher_lost_ = false, declined_ = false;

 private:
  template <class Which>
  __device__ Moments moments(const Which& which) const {
    const auto present = [&](float z) { return z > lowest; };
    DeviceDoubles::Sum sum, tokens, square;
    for_each_token<Format::any>(row_, [&](int, float teacher, float student) {
      const float z = which(teacher, student);
      if (!present(z)) return;
      sum.add(DeviceDouble(static_cast<double>(z)));
      tokens.add(DeviceDouble(1));
    });
    const Totals first = total(sum, tokens);
    const double count = first.v[1], mean = first.v[0] / count;
    for_each_token<Format::any>(row_, [&](int, float teacher, float student) {
      const float z = which(teacher, student);
      const double d = present(z) ? static_cast<double>(z) - mean : 0;
      square.add(DeviceDouble(d * d));
    });
    return {mean, std::sqrt(total(square).v[0] / count), count};
  }

  /// Whether tokens are masked on one side only; unless `always`, where -inf is among the logits at all.
  __device__ void find_lost(bool always) {
    bool student = false, teacher = false, any = false;
    for_each_token<Format::any>(row_, [&](int j, float t, float s) {
      any = any || t < lowest || s < lowest;
      if (j == left_out_) return;
      student = student || (t > lowest && !(s > lowest));
      teacher = teacher || (s > lowest && !(t > lowest));
    });
    const bool looks = __syncthreads_or(any) != 0 || always;
    student_lost_ = __syncthreads_or(student) != 0 && looks;
    teacher_lost_ = __syncthreads_or(teacher) != 0 && looks;
  }
};

}  // namespace tauscope::cuda
