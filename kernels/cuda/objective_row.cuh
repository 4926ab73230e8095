// One row of any objective, by a block: the passes that the objectives of kernels/objectives are composed of,
// as kernels/objectives/row-inl.h has them for the CPU.
//
// Two differences. A token's terms are computed again where they are written rather than kept: a row's
// gradient fits no shared memory beside the row. And a row that is declined has been written already: what
// computes it again writes over it.
#pragma once

#include "kernels/cuda/objective_logits.cuh"

namespace tauscope::cuda {

/// By all threads of the block.
__device__ inline void fill_row(float* to, int vocab, float value) {
  for (int j = static_cast<int>(threadIdx.x); j < vocab; j += static_cast<int>(blockDim.x))
    to[j] = value;
}

template <class Ops>
class ObjectiveRow : public ObjectiveLogits<Ops> {
  using Base = ObjectiveLogits<Ops>;
  using Base::at, Base::each, Base::in_float, Base::lane_of, Base::lowest, Base::none, Base::real_of,
      Base::student_at, Base::teacher_at, Base::total;
  using Base::declined_, Base::largest_s_, Base::argmax_s_, Base::left_out_, Base::row_, Base::student_lost_,
      Base::target_, Base::task_, Base::teacher_lost_;
  using typename Base::Frame, typename Base::Sum, typename Base::Totals;

 public:
  using Base::decline;
  using typename Base::Head, typename Base::Lane, typename Base::Moments, typename Base::Real,
      typename Base::Softened;

  struct Gap {
    double head, tail;
  };

  /// `gradient`: (vocab) or null; for the others see ObjectiveLogits.
  __device__ ObjectiveRow(const ObjectiveTask& task, const Row& row, const RowScan& scan, int target,
                          float* gradient, ObjectiveScratch& scratch, OrderScratch* order)
      : Base(task, row, scan, target, scratch, order), gradient_(gradient), label_exp_(largest_s_, 1.0) {}

  /// A row without a value.
  __device__ double undefined() {
    undefined_ = true;
    return __builtin_nan("");
  }
  __device__ double infinite() const { return __builtin_huge_val(); }
  __device__ bool is_undefined() const { return undefined_; }

  /// D of a formula that is a sum over the tokens; the gradient is factor (w - q (sum w + extra)).
  template <class Formula>
  __device__ double separable(const Formula& formula, const Softened& s, double extra = 0) {
    if (!suits(formula)) return 0;
    const Settled<Formula> settled = settle(formula, s, extra);
    if (gradient_ != nullptr) {
      const Lane scale = Ops::constant(task_.factor);
      each_gradient(settled, [&](int j, Lane g, Lane student) { store(j, g * scale, student); });
    }
    count_rounding(settled.errors.value, 0, settled.errors.entry);
    return after_masks(formula, settled.value);
  }

  /// The same for logits that were standardised by the row's own moments: g = factor / sd (v - z mean(v z)),
  /// v the gradient with respect to the scores z.
  template <class Formula>
  __device__ double standardised(const Formula& formula, const Softened& s, const Moments& moments) {
    const Settled<Formula> settled = settle(formula, s, 0);
    if (gradient_ != nullptr) {
      const Lane mean = Ops::constant(moments.mean), inverse = Ops::constant(1 / moments.deviation);
      const auto score = [&](Lane z) { return select(z > Lane(lowest), (z - mean) * inverse, Lane(0)); };
      Sum product;
      Lane largest_score(0);
      each_gradient(
          settled,
          [&](int, Lane v, Lane student) {
            const Lane z = score(student);
            product.add(v * z);
            if constexpr (in_float) largest_score = larger_of(largest_score, abs_of(z));
          },
          product);
      const double mean_product = total(product).v[0] / moments.count;
      const Lane m = Ops::constant(mean_product), scale = Ops::constant(task_.factor / moments.deviation);
      each_gradient(
          settled, [&](int j, Lane v, Lane student) { store(j, (v - score(student) * m) * scale, student); });
      if constexpr (in_float) {
        const double size = this->largest(largest_score);
        const double of_mean =
            size * settled.errors.sum / moments.count + Ops::rounding * std::fabs(mean_product);
        count_rounding(0, 0, (settled.errors.entry + size * of_mean) / moments.deviation);
      }
    }
    count_rounding(settled.errors.value, 0, 0);
    undefined_ = undefined_ || student_lost_;  // the moments jump where a logit tends to -inf
    return after_masks(formula, settled.value);
  }

  /// sum |q - p| over the head and over the rest. Declines where one of the two is not precise.
  __device__ Gap gap(const Softened& s, const Head& head) {
    const auto within = [&](std::uint64_t key) {
      return head.with_last ? key >= head.last : key > head.last;
    };
    const Frame frame(s);
    Sum inside, outside;
    each(
        argmax_s_,
        [&](int j, Lane teacher, Lane student) {
          const Lane size = abs_of(frame.token(teacher, student).u);
          const bool in_head = within(order_key(static_cast<float>(teacher.v), j));
          inside.add(select(in_head, size, Lane(0)));
          outside.add(select(in_head, Lane(0), size));
        },
        inside, outside);
    const Totals sums = total(inside, outside);
    Gap result{sums.v[0], sums.v[1]};
    const double of_base = std::fabs(token_of(s, argmax_s_).u);
    (within(order_key(fmaxf(teacher_at(argmax_s_), lowest), argmax_s_)) ? result.head : result.tail) +=
        of_base;
    if constexpr (in_float) {
      // Where one of the two comes out as 0, it is small beside the other, if that is certain.
      const double least = std::fmin(result.head, result.tail), sum = result.head + result.tail;
      if (2 * s.log_ratio_error > Ops::tolerance * (least > 0 ? least : sum)) decline();
    }
    return result;
  }

  /// 1/2 mean of (d - mean d)^2, d = z_S - z_T over the tokens that both sides have.
  __device__ double logit_distance() {
    const auto on_both = [](Lane t, Lane s) { return t > Lane(lowest) && s > Lane(lowest); };
    // Relative to one of them, so that a constant between the sides costs no digits.
    const typename Ops::Difference difference(real_of(student_at(argmax_s_)) -
                                              real_of(teacher_at(argmax_s_)));
    Sum sum, tokens, square;
    each(
        none,
        [&](int, Lane t, Lane s) {
          sum.add(select(on_both(t, s), difference(s, t), Lane(0)));
          tokens.add(select(on_both(t, s), Lane(1), Lane(0)));
        },
        sum, tokens);
    const Totals first = total(sum, tokens);
    const double count = first.v[1];
    const Lane mean = Ops::constant(first.v[0] / count), scale = Ops::constant(task_.factor / count);
    each(
        none,
        [&](int j, Lane t, Lane s) {
          const Lane kept = select(on_both(t, s), difference(s, t) - mean, Lane(0));
          square.add(kept * kept);
          if (gradient_ != nullptr) store(j, kept * scale, s);
        },
        square);
    undefined_ = student_lost_ || teacher_lost_;
    const double sum_of_squares = total(square).v[0];
    return undefined_ ? infinite() : sum_of_squares / (2 * count);
  }

  /// -log q_y at tau = 1; writes its gradient times `weight`.
  __device__ double cross_entropy(double weight) {
    const Label label = make_label(weight);
    if (gradient_ != nullptr) {
      each(target_, [&](int j, Lane, Lane student) { store(j, label_entry(label, student), student); });
      at(target_, [&] { store(target_, Lane(label.at_target), student_lane(target_)); });
    }
    return label.loss;
  }

  /// The same, whose gradient is added to what another objective writes.
  __device__ double prepare_cross_entropy(double weight) {
    label_ = make_label(weight);
    return label_.loss;
  }

  /// The target's entry of the gradient; the row is whole again.
  __device__ void put_target(double entry) {
    const int y = left_out_;
    left_out_ = none;
    if (gradient_ != nullptr) at(y, [&] { store(y, Lane(task_.factor * entry), student_lane(y)); });
  }

  /// Every entry is written anyway.
  __device__ void clear_gradient() const {}

  /// Adds to what rounding may have cost: value_error and the rounding of `part` of the value; entry_error of
  /// the gradient before its factor.
  __device__ void count_rounding(double value_error, double part, double entry_error) {
    if constexpr (in_float) {
      value_error_ += value_error + Ops::rounding * part;
      entry_error_ += entry_error;
    }
  }
  /// Whether rounding left the value, and the gradient that was written, precise.
  __device__ bool holds(double value) const {
    if constexpr (in_float) {
      if (declined_ || !Ops::holds(value, value_error_)) return false;
      if (gradient_ == nullptr) return true;
      return Ops::holds(this->largest(largest_entry_), entry_error_ * std::fabs(task_.factor));
    } else {
      return true;
    }
  }

  /// A gradient that does not exist is NaN.
  __device__ void finish() const {
    if (gradient_ == nullptr || !undefined_) return;
    __syncthreads();  // others may have written where this thread writes now
    fill_row(gradient_, row_.vocab, __builtin_nanf(""));
  }

 private:
  /// A formula on a row: what its terms are relative to, and their sums.
  template <class Formula>
  struct Settled {
    Formula formula;
    Frame frame;
    Lane h, top_q, w;  ///< w: sum of w, and what is added to it
    double value;
    objectives::TermErrors errors;  ///< in float
  };

  /// Cross entropy with the label at tau = 1.
  struct Label {
    double loss = 0;
    Lane scale;      ///< weight / Z: the gradient is scale e_j, but for the target
    Lane at_target;  ///< -weight (Z - e_y) / Z
  };

  template <class Formula>
  __device__ bool suits(const Formula& formula) {
    if constexpr (in_float) {
      if (!Ops::suits(formula)) decline();
    }
    return !declined_;
  }

  __device__ objectives::Token<double> token_of(const Softened& s, int j) const {
    return objectives::FrameOf<double, double>(s).token(real_of(teacher_at(j)), real_of(student_at(j)));
  }
  __device__ Lane student_lane(int j) const { return lane_of(student_at(j)); }

  /// Value and sum of w, both relative to the student's largest token, which is computed by itself.
  template <class Formula>
  __device__ Settled<Formula> settle(const Formula& given, const Softened& s, double extra) {
    const objectives::Token<double> top = token_of(s, argmax_s_);
    const Formula formula = objectives::relative_to_base(given, top.t);
    const objectives::Terms<double> at_top = formula.terms(top);
    const Frame frame(s, objectives::exponent_of(formula));
    const Lane h = Ops::constant(at_top.w / top.q), h_size = abs_of(h);
    Sum value, sum, size, mass;
    Lane largest_size(0), least_t(3e38);
    each(
        argmax_s_,
        [&](int, Lane teacher, Lane student) {
          const objectives::Token<Lane> k = frame.token(teacher, student);
          const objectives::Terms<Lane> term = formula.terms(k);
          if constexpr (in_float) {
            // No token is masked on one side only: elsewhere t is finite and p = q = 0.
            const Lane entry = multiply_add(k.q, h_size, abs_of(term.w));
            value.add(term.value);
            sum.add(term.w - k.q * h);
            size.add(entry);
            mass.add(k.q);
            largest_size = larger_of(largest_size, entry);
            if constexpr (objectives::has_corner<Formula>())
              least_t = smaller_of(least_t, select(k.q > Lane(0), abs_of(k.t), least_t));
          } else {
            const bool here = teacher > Lane(lowest) || student > Lane(lowest);
            value.add(select(here, term.value, Lane(0)));
            sum.add(select(here, term.w - k.q * h, Lane(0)));
          }
        },
        value, sum, size, mass);
    const Totals sums = total(value, sum, size, mass);
    Settled<Formula> settled{
        formula, frame, h, Ops::constant(top.q), Ops::constant(sums.v[1] + extra), sums.v[0] + at_top.value,
        {}};
    if constexpr (in_float) {
      if (!std::isfinite(sums.v[1])) decline();
      const objectives::TermSizes sizes{sums.v[2], this->largest(largest_size), sums.v[3]};
      settled.errors = objectives::errors_of_terms<Ops>(formula, s, top, sizes, settled.value, sums.v[1],
                                                        static_cast<double>(row_.vocab));
      if constexpr (objectives::has_corner<Formula>()) {
        if (!(std::fmin(this->smallest(least_t), std::fabs(top.t)) > 4 * s.log_ratio_error)) decline();
      }
    }
    return settled;
  }

  /// body(j, w - q sum w, student) for every token that is not left out.
  template <class Formula, class Body, class... Sums>
  __device__ __forceinline__ void each_gradient(const Settled<Formula>& x, const Body& body, Sums&... sums) {
    each(
        argmax_s_,
        [&](int j, Lane teacher, Lane student) {
          const objectives::Token<Lane> k = x.frame.token(teacher, student);
          Lane w = x.formula.terms(k).w - k.q * x.h;
          if constexpr (!in_float) w = select(teacher > Lane(lowest) || student > Lane(lowest), w, Lane(0));
          body(j, w - k.q * x.w, student);
        },
        sums...);
    at(argmax_s_, [&] { body(argmax_s_, Lane(0) - x.top_q * x.w, student_lane(argmax_s_)); });
  }

  __device__ __forceinline__ void store(int j, Lane g, Lane student) {
    if (task_.ce_weight != 0) g = g + (j == target_ ? label_.at_target : label_entry(label_, student));
    if constexpr (in_float) largest_entry_ = larger_of(largest_entry_, abs_of(g));
    gradient_[j] = static_cast<float>(g.v);
  }

  __device__ Lane label_entry(const Label& label, Lane student) const {
    return label_exp_(student) * label.scale;
  }

  __device__ Label make_label(double weight) const {
    const float y = student_at(target_);
    Sum sum;
    each(
        target_, [&](int, Lane, Lane student) { sum.add(label_exp_(student)); }, sum);
    const double rest = total(sum).v[0], b = real_of(y) - largest_of_row_;
    const double e_y = std::exp(b), z = rest + e_y;
    const double loss = rest < e_y ? std::log1p(rest / e_y) : std::log(z) - b;
    return {y > lowest ? loss : infinite(), Ops::constant(weight / z), Ops::constant(-weight * (rest / z))};
  }

  template <class Formula>
  __device__ double after_masks(const Formula& formula, double value) {
    objectives::MaskEffect effect;
    if (student_lost_) effect = effect | formula.student_masked();
    if (teacher_lost_) effect = effect | formula.teacher_masked();
    undefined_ = undefined_ || effect.undefined;
    return effect.infinite ? infinite() : value;
  }

  float* gradient_;
  double largest_of_row_ = largest_s_;  ///< also while the target is left out
  typename Ops::Exp label_exp_;
  Label label_;
  bool undefined_ = false;
  Lane largest_entry_{};  ///< of this thread's
  double value_error_ = 0, entry_error_ = 0;
};

}  // namespace tauscope::cuda
