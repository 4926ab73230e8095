// A row's sums over the terms of a formula, and what they leave of its gradient.
//
// The student's largest token ("base") is kept out of the lanes and computed by itself: all w are taken
// relative to its h, or h - sum q h would cancel as its probability tends to 1.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ROW_TERMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ROW_TERMS_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ROW_TERMS_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ROW_TERMS_INL_H_
#endif

#include "kernels/objectives/account-inl.h"
#include "kernels/objectives/row_logits-inl.h"

TAUSCOPE_FORMULAS_BEGIN

template <class Ops>
class RowTerms : public RowLogits<Ops> {
  using Base = RowLogits<Ops>;

 public:
  using typename Base::R, typename Base::Real;

  RowTerms(const RowTask& task, RowMemory<typename Ops::Stored>& memory)
      : Base(task, memory), gradient_(kept_t_), q_(kept_s_) {}

 protected:
  using Base::task_, Base::teacher_, Base::student_, Base::padded_, Base::kept_t_, Base::kept_s_,
      Base::argmax_s_, Base::over_row;
  using typename Base::Frame, typename Base::LeftOut, typename Base::Sum;

  struct Sums {
    Real value = 0, w = 0;
    TermSizes sizes{};    ///< in float
    TermErrors errors{};  ///< likewise
  };

  Token<Real> token_of(const Softened<Real>& s, std::size_t j) const {
    return FrameOf<Real, Real>(s).token(Real(teacher_[j]), Real(student_[j]));
  }

  /// Value and sum of w, both relative to the base; with a gradient, w and q per token.
  template <class Formula>
  Sums accumulate(const Formula& given, const Softened<Real>& s) {
    const std::size_t base = argmax_s_;
    const Token<Real> top = token_of(s, base);
    const Formula formula = relative_to_base(given, static_cast<double>(top.t));
    const Terms<Real> at_top = formula.terms(top);
    const LeftOut without(*this, base);
    kept_t_[base] = kept_s_[base] = 0;
    Sums sums;
    if constexpr (Ops::rounding > 0 && has_corner<Formula>()) {
      sums = add_up_sides(formula, s, top, at_top.w / top.q);
    } else {
      sums = add_up(formula, s, top, at_top.w / top.q);
    }
    sums.value += at_top.value;
    if constexpr (Ops::rounding > 0) {
      if (!std::isfinite(sums.w)) this->decline();
      sums.errors = errors_of_terms<Ops>(formula, s, top, sums.sizes, sums.value, sums.w,
                                         static_cast<double>(task_.vocab));
    }
    return sums;
  }

  /// gradient = scale (what is there - q w). In float on the way to its place, unless something is still
  /// added to it.
  void combine(Real w, Real scale) {
    if (Ops::rounding > 0 && task_.ce_weight == 0 && left_ != Left::sides) left_ = Left::terms;
    combine_w_ = w;
    combine_scale_ = scale;
    if (left_ != Left::nothing) return;
    const R lanes_w(w), lanes_scale(scale);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R g = Ops::load_stored(gradient_ + i) - Ops::load_stored(q_ + i) * lanes_w;
      Ops::store(g * lanes_scale, gradient_ + i);
    }
  }

  /// What combine() and its kin left to do, on the way to the gradient's place; the size of the largest
  /// entry.
  double write_left() const {
    switch (left_) {
      case Left::terms:
        return Ops::write_combined(gradient_, q_, combine_w_, combine_scale_, task_);
      case Left::sides:
        return Ops::write_sides(q_, combine_scale_ * (step_ - step_of_base_ - combine_w_),
                                combine_scale_ * (step_ + step_of_base_ + combine_w_), task_);
      case Left::exponentials:
        return Ops::write_scaled(q_, combine_scale_, task_);
      case Left::nothing:
        break;
    }
    return Ops::write(gradient_, task_);
  }

  typename Ops::Stored *gradient_, *q_;
  /// What write() has left to do: nothing, scale (gradient_ - q_ w), the same where q_ has the signs of t, or
  /// scale q_.
  enum class Left { nothing, terms, sides, exponentials };
  Left left_ = Left::nothing;
  Real combine_scale_ = 1;

 private:
  /// Of all tokens but the base, whose h is `top_h`.
  template <class Formula>
  Sums add_up(const Formula& formula, const Softened<Real>& s, const Token<Real>& top, Real top_h) {
    const Frame frame(s, exponent_of(formula));
    const R h(top_h), h_size = abs_of(h), lowest(masked_logit);
    Sum value, sum, size, mass;
    R largest_size(0);
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const R teacher = Ops::load(teacher_ + i), student = Ops::load(student_ + i);
          const Token<R> k =
              frame.token(teacher, student, Ops::load_stored(kept_t_ + i), Ops::load_stored(kept_s_ + i));
          const Terms<R> term = formula.terms(k);
          const auto here = (teacher > lowest) | (student > lowest);
          // Rows in float have no token that is masked on one side only: elsewhere t is finite and p = q = 0.
          const auto present = [&](R x)
                                   TAUSCOPE_LOOP { return Ops::rounding > 0 ? x : select(here, x, R(0)); };
          const R w = present(term.w - k.q * h);
          value.add(present(term.value));
          sum.add(w);
          if (task_.gradient) {
            Ops::store(w, gradient_ + i);
            Ops::store(k.q, q_ + i);
          }
          if constexpr (Ops::rounding > 0) {
            this->fetch_next(i);
            const R entry = multiply_add(k.q, h_size, abs_of(term.w));
            size.add(entry);
            mass.add(k.q);
            largest_size = larger_of(largest_size, entry);
          }
        },
        value, sum, size, mass);
    if (task_.gradient) q_[argmax_s_] = static_cast<typename Ops::Stored>(top.q);
    Sums sums{value.total(), sum.total()};
    if constexpr (Ops::rounding > 0) sums.sizes = {size.total(), Ops::largest(largest_size), mass.total()};
    return sums;
  }

  /// The same of a formula with a corner, in float: tokens on the base's side have w = 0, the others 2 |h| q.
  /// Declines where the sign of a t is not certain.
  template <class Formula>
  Sums add_up_sides(const Formula& formula, const Softened<Real>& s, const Token<Real>& top, Real top_h) {
    const Frame frame(s, exponent_of(formula));
    const Real step = std::abs(top_h);
    const R above(step - top_h), below(-step - top_h), zero(0);
    const bool stored = stores_sides();
    Sum value, sum, mass;
    R largest_q(0), least_t(Ops::largest_number);
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const Token<R> k = frame.token(Ops::load(teacher_ + i), Ops::load(student_ + i),
                                         Ops::load_stored(kept_t_ + i), Ops::load_stored(kept_s_ + i));
          this->fetch_next(i);
          const auto is_below = k.t < zero;
          const R w = k.q * select(is_below, below, above);
          value.add(formula.terms(k).value);
          sum.add(w);
          mass.add(k.q);
          largest_q = larger_of(largest_q, k.q);
          least_t = smaller_of(least_t, select(k.q > zero, abs_of(k.t), least_t));
          if (stored) {
            Ops::store(select(is_below, zero - k.q, k.q), q_ + i);
          } else if (task_.gradient) {
            Ops::store(w, gradient_ + i);
            Ops::store(k.q, q_ + i);
          }
        },
        value, sum, mass);
    if (task_.gradient) q_[argmax_s_] = static_cast<float>(stored && top.t < 0 ? -top.q : top.q);
    if (stored) left_ = Left::sides, step_ = step, step_of_base_ = top_h;
    if (!(std::min(Ops::smallest_lane(least_t), std::abs(top.t)) > 4 * s.log_ratio_error)) this->decline();
    const Real of_mass = mass.total();
    return {value.total(), sum.total(), {2 * step * of_mass, 2 * step * Ops::largest(largest_q), of_mass}};
  }

  /// Where h is one of two numbers, q with the sign of t says all of a token: half of what is stored
  /// otherwise. Not where something is added to it.
  bool stores_sides() const { return task_.gradient != nullptr && task_.ce_weight == 0; }

  Real combine_w_ = 0, step_ = 0, step_of_base_ = 0;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
