// One row of any objective, by a block: the passes that the objectives of kernels/objectives are composed of,
// as kernels/objectives/row-inl.h has them for the CPU.
//
// Two differences. A token's terms are computed again where they are written rather than kept: a row's
// gradient in double fits no shared memory. And a token that is left out is skipped rather than overwritten,
// so that a row may be read from global memory. Everything a member returns is the same in every thread, so
// that objectives branch for the whole block at once.
#pragma once

#include "kernels/cuda/objective_lanes.cuh"
#include "kernels/cuda/order.cuh"
#include "kernels/objectives/frame-inl.h"

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

class ObjectiveRow {
 public:
  using Real = double;
  using Softened = objectives::Softened<double>;

  struct Target {
    double teacher, student;
    bool teacher_masked, student_masked;
  };
  struct Gap {
    double head, tail;
  };
  struct Moments {
    double mean, deviation, count;
  };
  /// A beginning of the teacher's order.
  struct Head {
    std::uint64_t last;  ///< key of the token that ends it
    bool with_last;      ///< and belongs to it
  };

  /// `order`: memory for head(), where the objective needs it. `gradient`: (vocab) or null.
  __device__ ObjectiveRow(const ObjectiveTask& task, const Row& row, int target, float* gradient,
                          ObjectiveScratch& scratch, OrderScratch* order)
      : task_(task), row_(row), target_(target), gradient_(gradient), scratch_(scratch), order_(order) {}

  /// Looks at the logits. False where the row is not valid.
  __device__ bool scan() {
    const RowScan found = scan_row<Format::any>(row_, scratch_.keys, static_cast<int>(blockDim.x));
    if (!found.valid) return false;
    largest_t_ = found.max_t;
    largest_s_ = found.max_s;
    argmax_t_ = found.argmax_t;
    argmax_s_ = found.argmax_s;
    label_shift_ = largest_s_;
    if (!found.plain()) find_lost(false);
    return true;
  }

  __device__ double scale() const { return 1 / task_.tau; }
  __device__ double factor() const { return task_.factor; }
  __device__ bool has_tokens() const { return largest_t_ > lowest && largest_s_ > lowest; }

  /// A row without a value.
  __device__ double undefined() {
    undefined_ = true;
    return __builtin_nan("");
  }
  __device__ double infinite() const { return __builtin_huge_val(); }
  __device__ bool is_undefined() const { return undefined_; }

  __device__ Softened soften() const { return soften(scale(), scale()); }
  __device__ Softened soften(double scale_t, double scale_s) const {
    Softened s{largest_t_, largest_s_, scale_t, scale_s, 1, 1, 0, 0, 0};
    const Frame frame(s);
    Lane z_t(0), z_s(0), difference(0);
    each(none, [&](int, Lane teacher, Lane student) {
      const objectives::Pair<Lane> k = frame.pair(teacher, student);
      const Lane e_t = exp_below_of(k.a), e_s = exp_below_of(k.b);
      z_t = z_t + e_t;
      z_s = z_s + e_s;
      const Lane near =
          Lane(0) - e_t * multiply_add(k.change * k.change, objectives::exp_tail(k.change), k.change);
      difference = difference + select(abs_of(k.change) < Lane(0.5), near, e_t - e_s);
    });
    const Totals sums = total(z_t, z_s, difference);
    s.inverse_t = 1 / sums.v[0];
    s.inverse_s = 1 / sums.v[1];
    s.log_z_t = std::log(sums.v[0]);
    s.log_z_s = std::log(sums.v[1]);
    s.log_ratio = sums.v[2] > 0 ? std::log1p(sums.v[2] / sums.v[1]) : -std::log1p(-sums.v[2] / sums.v[0]);
    return s;
  }

  /// D of a formula that is a sum over the tokens; the gradient is factor (w - q (sum w + extra)).
  template <class Formula>
  __device__ double separable(const Formula& formula, const Softened& s, double extra = 0) {
    const Settled<Formula> settled = settle(formula, s, extra);
    if (gradient_ != nullptr) {
      const Lane scale(task_.factor);
      each_gradient(settled, [&](int j, Lane g, Lane student) { store(j, g * scale, student); });
    }
    return after_masks(formula, settled.value);
  }

  /// The same for logits that were standardised by the row's own moments: g = factor / sd (v - z mean(v z)),
  /// v the gradient with respect to the scores z.
  template <class Formula>
  __device__ double standardised(const Formula& formula, const Softened& s, const Moments& moments) {
    const Settled<Formula> settled = settle(formula, s, 0);
    if (gradient_ != nullptr) {
      const Lane mean(moments.mean), inverse(1 / moments.deviation);
      const auto score = [&](Lane z) { return select(z > Lane(lowest), (z - mean) * inverse, Lane(0)); };
      Lane product(0);
      each_gradient(settled, [&](int, Lane v, Lane student) { product = product + v * score(student); });
      const Lane m(total(product).v[0] / moments.count), scale(task_.factor / moments.deviation);
      each_gradient(
          settled, [&](int j, Lane v, Lane student) { store(j, (v - score(student) * m) * scale, student); });
    }
    undefined_ = undefined_ || student_lost_;  // the moments jump where a logit tends to -inf
    return after_masks(formula, settled.value);
  }

  /// -sum p log p of the teacher at a scale of its own, in nats; every term is >= 0.
  __device__ double teacher_entropy(double scale) const {
    const Lane shift(largest_t_), factor(scale);
    Lane z(0), sum(0);
    each(argmax_t_, [&](int, Lane teacher, Lane) {
      const Lane a = (teacher - shift) * factor, e = exp_below_of(a);
      z = z + e;
      sum = sum - e * a;
    });
    const Totals sums = total(z, sum);
    return std::log1p(sums.v[0]) + sums.v[1] / (1 + sums.v[0]);
  }

  /// The teacher's head: the smallest set of most probable tokens whose mass reaches `mass`, or, without
  /// `crossing`, the tokens up to which the mass does not exceed it, and at least one.
  __device__ Head head(const Softened& s, double mass, bool crossing) const {
    constexpr double slack = 1e-12;
    const double weight = 1 / s.inverse_t, bound = mass * weight * (crossing ? 1 - slack : 1 + slack);
    if (mass >= 1 || (!crossing && weight <= bound)) return {0, true};
    const auto visit_all = [&](const auto& visit) {
      for_each_token<Format::any>(row_, [&](int j, float t, float) { visit(order_key(t, j), t); });
    };
    const auto weight_of = [&](float t) {
      return exp_below_of(Lane((static_cast<double>(fmaxf(t, lowest)) - s.shift_t) * s.scale_t)).v;
    };
    // Without the token that crosses, the bound has to be passed, not only reached.
    const double wanted =
        crossing ? bound : std::bit_cast<double>(std::bit_cast<std::uint64_t>(bound) + std::uint64_t{1});
    const std::uint64_t last = end_of_beginning(*order_, wanted, visit_all, weight_of);
    const float at_last = row_.teacher_at<Format::any>(argmax_t_);
    return {last, crossing || last == order_key(at_last, argmax_t_)};
  }

  /// sum |q - p| over the head and over the rest.
  __device__ Gap gap(const Softened& s, const Head& head) const {
    const Frame frame(s);
    Lane inside(0), outside(0);
    each_with_key([&](std::uint64_t key, Lane teacher, Lane student) {
      const Lane size = abs_of(frame.token(teacher, student).u);
      const bool within = head.with_last ? key >= head.last : key > head.last;
      inside = inside + select(within, size, Lane(0));
      outside = outside + select(within, Lane(0), size);
    });
    const Totals sums = total(inside, outside);
    return {sums.v[0], sums.v[1]};
  }

  __device__ Moments teacher_moments() const {
    return moments([](Lane teacher, Lane) { return teacher; });
  }
  __device__ Moments student_moments() const {
    return moments([](Lane, Lane student) { return student; });
  }

  /// 1/2 mean of (d - mean d)^2, d = z_S - z_T over the tokens that both sides have.
  __device__ double logit_distance() {
    const auto on_both = [](Lane t, Lane s) { return t > Lane(lowest) && s > Lane(lowest); };
    Lane sum(0), tokens(0), square(0);
    each(none, [&](int, Lane t, Lane s) {
      sum = sum + select(on_both(t, s), s - t, Lane(0));
      tokens = tokens + select(on_both(t, s), Lane(1), Lane(0));
    });
    const Totals first = total(sum, tokens);
    const double count = first.v[1];
    const Lane mean(first.v[0] / count), scale(task_.factor / count);
    each(none, [&](int j, Lane t, Lane s) {
      const Lane kept = select(on_both(t, s), (s - t) - mean, Lane(0));
      square = square + kept * kept;
      if (gradient_ != nullptr) store(j, kept * scale, s);
    });
    undefined_ = student_lost_ || teacher_lost_;
    const double sum_of_squares = total(square).v[0];
    return undefined_ ? infinite() : sum_of_squares / (2 * count);
  }

  /// -log q_y at tau = 1; writes its gradient times `weight`.
  __device__ double cross_entropy(double weight) {
    const Label label = make_label(weight);
    if (gradient_ != nullptr) {
      each(none, [&](int j, Lane, Lane student) {
        store(j, Lane(j == target_ ? label.at_target : label_entry(label, student)), student);
      });
    }
    return label.loss;
  }

  /// The same, whose gradient is added to what another objective writes.
  __device__ double prepare_cross_entropy(double weight) {
    label_ = make_label(weight);
    return label_.loss;
  }

  /// Takes the target out of both sides, as if it were masked.
  __device__ Target leave_out_target() {
    const float t = row_.teacher_at<Format::any>(target_), s = row_.student_at<Format::any>(target_);
    const bool masked_t = !(t > lowest), masked_s = !(s > lowest);
    left_out_ = target_;
    std::uint64_t key_t = 0, key_s = 0;
    each(none, [&](int j, Lane teacher, Lane student) {
      const std::uint64_t at_t = order_key(static_cast<float>(teacher.v), j),
                          at_s = order_key(static_cast<float>(student.v), j);
      key_t = at_t > key_t ? at_t : key_t;
      key_s = at_s > key_s ? at_s : key_s;
    });
    argmax_t_ = key_token(block_max(key_t, scratch_.keys));
    argmax_s_ = key_token(block_max(key_s, scratch_.keys));
    largest_t_ = fmaxf(row_.teacher_at<Format::any>(argmax_t_), lowest);
    largest_s_ = fmaxf(row_.student_at<Format::any>(argmax_s_), lowest);
    if (masked_t != masked_s) find_lost(true);
    return {fmaxf(t, lowest), fmaxf(s, lowest), masked_t, masked_s};
  }

  /// The target's entry of the gradient; the row is whole again.
  __device__ void put_target(double entry) {
    left_out_ = none;
    if (gradient_ != nullptr && threadIdx.x == 0)
      store(target_, Lane(task_.factor * entry), Lane(fmaxf(row_.student_at<Format::any>(target_), lowest)));
  }

  /// Every entry is written anyway.
  __device__ void clear_gradient() const {}

  /// A gradient that does not exist is NaN.
  __device__ void finish() const {
    if (gradient_ == nullptr || !undefined_) return;
    __syncthreads();  // others may have written where this thread writes now
    for (int j = static_cast<int>(threadIdx.x); j < row_.vocab; j += static_cast<int>(blockDim.x))
      gradient_[j] = __builtin_nanf("");
  }

 private:
  using Lane = DeviceDouble;
  using Frame = objectives::FrameOf<Lane, double>;
  static constexpr int none = -1;
  static constexpr float lowest = -3.4028234663852886e38F;  // stands for -inf: objectives::masked_logit

  struct Totals {
    double v[4];
  };

  /// A formula on a row: what its terms are relative to, and their sums.
  template <class Formula>
  struct Settled {
    Formula formula;
    Frame frame;
    Lane h, top_q, w;  ///< w: sum of w, and what is added to it
    double value;
  };

  /// Cross entropy with the label at tau = 1.
  struct Label {
    double loss = 0;
    double scale = 0;      ///< weight / Z: the gradient is scale e_j, but for the target
    double at_target = 0;  ///< -weight (Z - e_y) / Z
  };

  /// body(j, teacher, student) for this thread's tokens but `skip` and the one that is left out; -inf as
  /// `lowest`.
  template <class Body>
  __device__ __forceinline__ void each(int skip, const Body& body) const {
    for_each_token<Format::any>(row_, [&](int j, float t, float s) {
      if (j == skip || j == left_out_) return;
      body(j, Lane(static_cast<double>(fmaxf(t, lowest))), Lane(static_cast<double>(fmaxf(s, lowest))));
    });
  }
  template <class Body>
  __device__ __forceinline__ void each_with_key(const Body& body) const {
    each(none, [&](int j, Lane teacher, Lane student) {
      body(order_key(row_.teacher_at<Format::any>(j), j), teacher, student);
    });
  }

  __device__ Totals total(Lane a, Lane b = Lane(0), Lane c = Lane(0)) const {
    const double values[4] = {a.v, b.v, c.v, 0};
    block_sum(values, scratch_.sums, scratch_.totals);
    return {{scratch_.totals[0], scratch_.totals[1], scratch_.totals[2], 0}};
  }

  /// Value and sum of w, both relative to the student's largest token, which is computed by itself.
  template <class Formula>
  __device__ Settled<Formula> settle(const Formula& given, const Softened& s, double extra) const {
    const Frame frame(s);
    const auto logit = [](float z) { return Lane(static_cast<double>(fmaxf(z, lowest))); };
    const objectives::Token<Lane> top = frame.token(logit(row_.teacher_at<Format::any>(argmax_s_)),
                                                    logit(row_.student_at<Format::any>(argmax_s_)));
    const Formula formula = objectives::relative_to_base(given, top.t.v);
    const objectives::Terms<Lane> at_top = formula.terms(top);
    const Lane h = at_top.w / top.q;
    Lane value(0), sum(0);
    each(argmax_s_, [&](int, Lane teacher, Lane student) {
      const objectives::Token<Lane> k = frame.token(teacher, student);
      const objectives::Terms<Lane> term = formula.terms(k);
      const bool here = teacher > Lane(lowest) || student > Lane(lowest);
      value = value + select(here, term.value, Lane(0));
      sum = sum + select(here, term.w - k.q * h, Lane(0));
    });
    const Totals sums = total(value, sum);
    return {formula, frame, h, top.q, Lane(sums.v[1] + extra), sums.v[0] + at_top.value.v};
  }

  /// body(j, w - q sum w, student) for every token that is not left out.
  template <class Formula, class Body>
  __device__ __forceinline__ void each_gradient(const Settled<Formula>& x, const Body& body) const {
    each(none, [&](int j, Lane teacher, Lane student) {
      if (j == argmax_s_) {
        body(j, Lane(0) - x.top_q * x.w, student);
        return;
      }
      const objectives::Token<Lane> k = x.frame.token(teacher, student);
      const bool here = teacher > Lane(lowest) || student > Lane(lowest);
      const Lane w = select(here, x.formula.terms(k).w - k.q * x.h, Lane(0));
      body(j, w - k.q * x.w, student);
    });
  }

  __device__ __forceinline__ void store(int j, Lane g, Lane student) const {
    if (task_.ce_weight != 0) g.v += j == target_ ? label_.at_target : label_entry(label_, student);
    gradient_[j] = static_cast<float>(g.v);
  }

  __device__ double label_entry(const Label& label, Lane student) const {
    return exp_below_of(student - Lane(label_shift_)).v * label.scale;
  }

  __device__ Label make_label(double weight) const {
    const float y = row_.student_at<Format::any>(target_);
    const bool masked = !(y > lowest);
    const Lane shift(label_shift_);
    Lane sum(0);
    each(target_, [&](int, Lane, Lane student) { sum = sum + exp_below_of(student - shift); });
    const double rest = total(sum).v[0], b = static_cast<double>(fmaxf(y, lowest)) - label_shift_;
    const double e_y = std::exp(b), z = rest + e_y;
    const double loss = rest < e_y ? std::log1p(rest / e_y) : std::log(z) - b;
    return {masked ? infinite() : loss, weight / z, -weight * (rest / z)};
  }

  template <class Formula>
  __device__ double after_masks(const Formula& formula, double value) {
    objectives::MaskEffect effect;
    if (student_lost_) effect = effect | formula.student_masked();
    if (teacher_lost_) effect = effect | formula.teacher_masked();
    undefined_ = undefined_ || effect.undefined;
    return effect.infinite ? infinite() : value;
  }

  template <class Which>
  __device__ Moments moments(const Which& which) const {
    Lane sum(0), tokens(0), square(0);
    each(none, [&](int, Lane teacher, Lane student) {
      const Lane z = which(teacher, student);
      const bool present = z > Lane(lowest);
      sum = sum + select(present, z, Lane(0));
      tokens = tokens + select(present, Lane(1), Lane(0));
    });
    const Totals first = total(sum, tokens);
    const double count = first.v[1], mean = first.v[0] / count;
    each(none, [&](int, Lane teacher, Lane student) {
      const Lane z = which(teacher, student), d = select(z > Lane(lowest), z - Lane(mean), Lane(0));
      square = square + d * d;
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

  const ObjectiveTask& task_;
  const Row& row_;
  int target_;
  float* gradient_;
  ObjectiveScratch& scratch_;
  OrderScratch* order_;
  double largest_t_ = 0, largest_s_ = 0, label_shift_ = 0;
  int argmax_t_ = 0, argmax_s_ = 0, left_out_ = none;
  bool student_lost_ = false, teacher_lost_ = false, undefined_ = false;
  Label label_;
};

}  // namespace tauscope::cuda
