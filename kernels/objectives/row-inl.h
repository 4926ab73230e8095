// One row, in any number type: the passes that objectives are composed of. The reference is the same text
// with one lane of long double.
//
// Lanes of float (Ops::rounding > 0) keep account of what rounding may have cost (account-inl.h); a row whose
// results would not hold is declined and computed in double.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#endif

#include "kernels/objectives/row_terms-inl.h"

TAUSCOPE_FORMULAS_BEGIN

template <class Ops>
class Row : public RowTerms<Ops> {
  using Base = RowTerms<Ops>;
  using Base::accumulate, Base::combine, Base::combine_scale_, Base::gradient_, Base::left_, Base::q_,
      Base::token_of;
  using Base::task_, Base::teacher_, Base::student_, Base::padded_, Base::kept_t_, Base::kept_s_,
      Base::argmax_s_, Base::largest_t_, Base::largest_s_, Base::opened_, Base::is_opened_,
      Base::rest_of_target_, Base::student_lost_, Base::teacher_lost_, Base::declined_, Base::over_row;
  using typename Base::Frame, typename Base::Left, typename Base::LeftOut, typename Base::Sum,
      typename Base::Sums;

 public:
  using Base::decline, Base::restore, Base::soften;
  using typename Base::Moments, typename Base::R, typename Base::Real;

  struct Gap {
    Real head, tail;
  };

  using Base::Base;

  bool is_undefined() const { return undefined_; }
  /// A row without a value.
  Real undefined() {
    undefined_ = true;
    return std::numeric_limits<Real>::quiet_NaN();
  }
  Real infinite() const { return std::numeric_limits<Real>::infinity(); }

  /// D of a formula that is a sum over the tokens; the gradient is factor (w - q (sum w + extra)).
  template <class Formula>
  Real separable(const Formula& formula, const Softened<Real>& s, Real extra = 0) {
    if (!suits(formula)) return 0;
    const Sums sums = accumulate(formula, s);
    if (task_.gradient) combine(sums.w + extra, Real(task_.factor));
    count_rounding(sums.errors.value, 0, sums.errors.entry);
    return after_masks(formula, sums.value);
  }

  /// The same for logits that were standardised by the row's own moments: g = factor / sd (v - z mean(v z)),
  /// v the gradient with respect to the scores z.
  template <class Formula>
  Real standardised(const Formula& formula, const Softened<Real>& s, const Moments& moments) {
    const Sums sums = accumulate(formula, s);
    if (task_.gradient) {
      const R w(sums.w), mean(moments.mean), inverse(1 / moments.deviation), lowest(masked_logit);
      Sum product;
      R score_size(0);
      over_row(
          [&](std::size_t i) TAUSCOPE_LOOP {
            const R z = Ops::load(student_ + i);
            const R v = Ops::load_stored(gradient_ + i) - Ops::load_stored(q_ + i) * w;
            const R score = select(z > lowest, (z - mean) * inverse, R(0));
            Ops::store(v, gradient_ + i);
            Ops::store(score, q_ + i);
            product.add(v * score);
            if constexpr (Ops::rounding > 0) score_size = larger_of(score_size, abs_of(score));
          },
          product);
      const Real mean_product = product.total() / moments.count;
      combine(mean_product, Real(task_.factor) / moments.deviation);
      if constexpr (Ops::rounding > 0) {
        const double score = Ops::largest(score_size);
        const double of_mean =
            score * sums.errors.sum / moments.count + Ops::rounding * std::abs(mean_product);
        count_rounding(0, 0, (sums.errors.entry + score * of_mean) / moments.deviation);
      }
    }
    count_rounding(sums.errors.value, 0, 0);
    undefined_ = undefined_ || student_lost_;  // the moments jump where a logit tends to -inf
    return after_masks(formula, sums.value);
  }

  /// sum |p - q| over the head and over the tail. Declines where one of the two is not precise.
  Gap gap(const Softened<Real>& s, const OrderCut& cut) {
    const std::size_t base = argmax_s_;
    const float base_teacher = teacher_[base];
    const Real of_base = abs_of(token_of(s, base).u);
    const LeftOut without(*this, base);
    const Frame frame(s);
    const R logit(cut.logit), token(Real(cut.token)), lowest(masked_logit);
    Sum head, tail;
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const R z = Ops::load(teacher_ + i), student = Ops::load(student_ + i);
          const Token<R> k =
              frame.token(z, student, Ops::load_stored(kept_t_ + i), Ops::load_stored(kept_s_ + i));
          const R size = select((z > lowest) | (student > lowest), abs_of(k.u), R(0));
          const R of_tie = select(Ops::index(i) > token, R(0), size);
          const R inside = select(z > logit, size, select(z < logit, R(0), of_tie));
          head.add(inside);
          tail.add(size - inside);
        },
        head, tail);
    Gap result{head.total(), tail.total()};
    (cut.contains(base_teacher, base) ? result.head : result.tail) += of_base;
    // Where one of the two comes out as 0, it is small beside the other, if that is certain.
    if constexpr (Ops::rounding > 0) {
      const double least = std::min(result.head, result.tail), sum = result.head + result.tail;
      if (2 * s.log_ratio_error > Ops::tolerance * (least > 0 ? least : sum)) decline();
    }
    return result;
  }

  /// 1/2 mean of (d - mean d)^2, d = z_S - z_T over the tokens that both sides have.
  Real logit_distance() {
    const R lowest(masked_logit);
    const auto present = [&](std::size_t i) TAUSCOPE_LOOP {
      return select(Ops::load(student_ + i) > lowest, select(Ops::load(teacher_ + i) > lowest, R(1), R(0)),
                    R(0));
    };
    const std::size_t any = argmax_s_;
    // Relative to one of them, so that a constant between the sides costs no digits.
    const typename Ops::Difference difference(Real(student_[any]) - Real(teacher_[any]));
    Sum sum, tokens, square;
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const R here = present(i);
          sum.add(select(here > R(0), difference(Ops::load(student_ + i), Ops::load(teacher_ + i)), R(0)));
          tokens.add(here);
        },
        sum, tokens);
    const Real count = tokens.total();
    const R mean(sum.total() / count), scale(Real(task_.factor) / count);
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const R d = difference(Ops::load(student_ + i), Ops::load(teacher_ + i)) - mean;
          const R kept = select(present(i) > R(0), d, R(0));
          square.add(kept * kept);
          this->fetch_next(i);
          if (task_.gradient) Ops::store(kept * scale, gradient_ + i);
        },
        square);
    undefined_ = student_lost_ || teacher_lost_;
    return undefined_ ? infinite() : square.total() / (2 * count);
  }

  /// -log q_y at tau = 1; its gradient times `weight` is added to the row's.
  Real cross_entropy(double weight) {
    const std::size_t y = static_cast<std::size_t>(task_.target);
    if (is_opened_ && is_cleared_) return opened_cross_entropy(y, weight);
    const Real b = student_[y] - largest_s_;
    const bool masked = student_[y] == masked_logit;
    const LeftOut without(*this, y);
    const typename Ops::Exp exp(largest_s_, Real(1));
    Sum sum;
    over_row([&](std::size_t i) TAUSCOPE_LOOP { sum.add(exp(Ops::load(student_ + i))); }, sum);
    const Real rest = sum.total(), e_y = std::exp(b), z = rest + e_y;
    if (task_.gradient) {
      const R scale(Real(weight) / z);
      for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
        const R e = exp(Ops::load(student_ + i));
        Ops::store(multiply_add(e, scale, Ops::load_stored(gradient_ + i)), gradient_ + i);
      }
      gradient_[y] -= static_cast<typename Ops::Stored>(Real(weight) * (rest / z));
    }
    if (masked) return infinite();
    return rest < e_y ? std::log1p(rest / e_y) : std::log(z) - b;
  }

  /// Puts the target that was left out back, with its entry of the gradient.
  void put_target(Real entry) {
    restore();
    if (!task_.gradient) return;
    // As combine() leaves it, or will.
    gradient_[task_.target] =
        static_cast<typename Ops::Stored>(left_ == Left::terms ? entry : Real(task_.factor) * entry);
    q_[task_.target] = 0;
  }

  /// For an objective that only adds to it.
  void clear_gradient() {
    is_cleared_ = true;
    if (task_.gradient && !is_opened_) std::fill(gradient_, gradient_ + padded_, typename Ops::Stored(0));
  }

  /// Adds to what rounding may have cost: value_error and the rounding of `part` of the value; entry_error of
  /// the gradient before its factor.
  void count_rounding(Real value_error, Real part, Real entry_error) {
    if constexpr (Ops::rounding > 0) {
      value_error_ += value_error + Ops::rounding * part;
      entry_error_ += entry_error;
    }
  }

  /// Whether rounding left the value, or the gradient that write() has seen, precise.
  bool value_holds(Real value) const {
    if constexpr (Ops::rounding > 0) {
      return Ops::holds(value, value_error_);
    } else {
      return true;
    }
  }
  bool gradient_holds() const {
    if constexpr (Ops::rounding > 0) {
      if (!task_.gradient) return true;
      return Ops::holds(largest_entry_, entry_error_ * std::abs(task_.factor));
    } else {
      return true;
    }
  }

  /// Rounds the gradient to its place.
  void write() {
    if (!task_.gradient) return;
    if (undefined_) {
      std::fill(task_.gradient, task_.gradient + task_.vocab, std::numeric_limits<float>::quiet_NaN());
    } else if constexpr (Ops::rounding > 0) {
      largest_entry_ = this->write_left();
    } else {
      std::transform(gradient_, gradient_ + task_.vocab, task_.gradient,
                     [](Real g) { return static_cast<float>(g); });
    }
  }

 private:
  /// The cross entropy alone, of a row that was opened for it.
  Real opened_cross_entropy(std::size_t y, double weight) {
    const Real b = student_[y] - opened_.shift_s, rest = rest_of_target_, e_y = std::exp(b), z = rest + e_y;
    q_[y] = static_cast<typename Ops::Stored>(-rest);
    left_ = Left::exponentials;
    combine_scale_ = Real(weight) / z;
    return rest < e_y ? std::log1p(rest / e_y) : std::log(z) - b;
  }

  template <class Formula>
  bool suits(const Formula& formula) {
    if constexpr (Ops::rounding > 0) {
      if (!Ops::suits(formula)) decline();
    }
    return !declined_;
  }

  template <class Formula>
  Real after_masks(const Formula& formula, Real value) {
    MaskEffect effect;
    if (student_lost_) effect = effect | formula.student_masked();
    if (teacher_lost_) effect = effect | formula.teacher_masked();
    undefined_ = undefined_ || effect.undefined;
    return effect.infinite ? infinite() : value;
  }

  bool undefined_ = false, is_cleared_ = false;
  double value_error_ = 0, entry_error_ = 0, largest_entry_ = 0;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
