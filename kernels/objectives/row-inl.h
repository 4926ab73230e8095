// One row, in any number type: the passes that objectives are composed of.
//
// `Ops` names the scalar (Real), the lanes (Lanes) and how they are loaded, stored and summed; the reference
// is the same text with one lane of long double. Sums run over the row in a fixed order. The student's
// largest token ("base") is kept out of the second pass and computed by itself: all w are taken relative to
// its h, or h - sum q h would cancel as its probability tends to 1.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ROW_INL_H_
#endif

#include <algorithm>

#include "kernels/objectives/frame-inl.h"
#include "kernels/objectives/row_task.h"

TAUSCOPE_FORMULAS_BEGIN

template <class Ops>
class Row {
 public:
  using Real = typename Ops::Real;
  using R = typename Ops::Lanes;

  struct Target {
    Real teacher, student;
    bool teacher_masked, student_masked;
  };
  struct Gap {
    Real head, tail;
  };
  struct Moments {
    Real mean, deviation, count;
  };

  Row(const RowTask& task, RowMemory<Real>& memory)
      : task_(task),
        teacher_(memory.teacher.data()),
        student_(memory.student.data()),
        gradient_(memory.gradient.data()),
        q_(memory.q.data()),
        order_(memory.order),
        padded_(memory.teacher.size()) {}

  /// Looks at the logits and replaces -inf. False where the row is not valid.
  bool scan(bool with_teacher) {
    const Side s = look_at(student_), t = with_teacher ? look_at(teacher_) : s;
    if (t.bad || s.bad || t.masked == task_.vocab || s.masked == task_.vocab) return false;
    largest_t_ = t.largest;
    largest_s_ = s.largest;
    if (with_teacher && t.masked + s.masked > 0) find_lost();
    if (t.masked > 0) replace_masked(teacher_);
    if (s.masked > 0) replace_masked(student_);
    return true;
  }

  Real scale() const { return Real(1) / Real(task_.tau); }
  double factor() const { return task_.factor; }
  bool has_tokens() const { return largest_t_ > masked_logit && largest_s_ > masked_logit; }
  bool is_undefined() const { return undefined_; }

  /// A row without a value.
  Real undefined() {
    undefined_ = true;
    return std::numeric_limits<Real>::quiet_NaN();
  }
  Real infinite() const { return std::numeric_limits<Real>::infinity(); }

  Softened<Real> soften() const { return soften(scale(), scale()); }
  Softened<Real> soften(Real scale_t, Real scale_s) const {
    Softened<Real> s{largest_t_, largest_s_, scale_t, scale_s, 1, 1, 0, 0, 0};
    const Frame frame(s);
    R z_t(0), z_s(0), difference(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const Pair<R> k = frame.pair(Ops::load(teacher_ + i), Ops::load(student_ + i));
      const R e_t = exp_below_of(k.a), e_s = exp_below_of(k.b);
      const R near = R(0) - e_t * multiply_add(k.change * k.change, exp_tail(k.change), k.change);
      z_t = z_t + e_t;
      z_s = z_s + e_s;
      difference = difference + select(abs_of(k.change) < R(0.5), near, e_t - e_s);
    }
    const Real sum_t = Ops::sum(z_t), sum_s = Ops::sum(z_s), d = Ops::sum(difference);
    s.inverse_t = 1 / sum_t;
    s.inverse_s = 1 / sum_s;
    s.log_z_t = std::log(sum_t);
    s.log_z_s = std::log(sum_s);
    s.log_ratio = d > 0 ? std::log1p(d / sum_s) : -std::log1p(-d / sum_t);
    return s;
  }

  /// D of a formula that is a sum over the tokens; the gradient is factor (w - q (sum w + extra)).
  template <class Formula>
  Real separable(const Formula& formula, const Softened<Real>& s, Real extra = 0) {
    const Sums sums = accumulate(formula, s);
    if (task_.gradient) {
      const R w(sums.w + extra), scale(Real(task_.factor));
      for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
        const R g = Ops::load_real(gradient_ + i) - Ops::load_real(q_ + i) * w;
        Ops::store(g * scale, gradient_ + i);
      }
    }
    return after_masks(formula, sums.value);
  }

  /// The same for logits that were standardised by the row's own moments: g = factor / sd (v - z mean(v z)),
  /// v the gradient with respect to the scores z.
  template <class Formula>
  Real standardised(const Formula& formula, const Softened<Real>& s, const Moments& moments) {
    const Sums sums = accumulate(formula, s);
    if (task_.gradient) {
      const R w(sums.w), mean(moments.mean), inverse(1 / moments.deviation), lowest(masked_logit);
      R product(0);
      for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
        const R z = Ops::load(student_ + i);
        const R v = Ops::load_real(gradient_ + i) - Ops::load_real(q_ + i) * w;
        const R score = select(z > lowest, (z - mean) * inverse, R(0));
        Ops::store(v, gradient_ + i);
        Ops::store(score, q_ + i);
        product = product + v * score;
      }
      const R m(Ops::sum(product) / moments.count), scale(Real(task_.factor) / moments.deviation);
      for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
        const R g = Ops::load_real(gradient_ + i) - Ops::load_real(q_ + i) * m;
        Ops::store(g * scale, gradient_ + i);
      }
    }
    undefined_ = undefined_ || student_lost_;  // the moments jump where a logit tends to -inf
    return after_masks(formula, sums.value);
  }

  /// -sum p log p of the teacher at a scale of its own, in nats; every term is >= 0.
  Real teacher_entropy(Real scale) const {
    const std::size_t top = largest_token(teacher_, largest_t_);
    const LeftOut without(*this, top);
    const R shift(largest_t_), factor(scale);
    R z(0), sum(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R logit = Ops::load(teacher_ + i), a = (logit - shift) * factor, e = exp_below_of(a);
      z = z + e;
      sum = sum - e * a;
    }
    const Real rest = Ops::sum(z);
    return std::log1p(rest) + Ops::sum(sum) / (1 + rest);
  }

  OrderCut head(const Softened<Real>& s, double mass, bool crossing) const {
    const R shift(s.shift_t), scale(s.scale_t);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes)
      Ops::store(exp_below_of((Ops::load(teacher_ + i) - shift) * scale), q_ + i);
    std::vector<double> rounded;  // of the reference
    if constexpr (!std::is_same_v<Real, double>) rounded.assign(q_, q_ + task_.vocab);
    const double* weights = rounded.data();
    if constexpr (std::is_same_v<Real, double>) weights = q_;
    return head_cut(teacher_, {weights, task_.vocab}, double(s.shift_t), double(s.scale_t),
                    double(1 / s.inverse_t), mass, crossing, order_);
  }

  /// sum |p - q| over the head and over the tail.
  Gap gap(const Softened<Real>& s, const OrderCut& cut) const {
    const Frame frame(s);
    const R logit(cut.logit), token(Real(cut.token));
    R head(0), tail(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R z = Ops::load(teacher_ + i);
      const Token<R> k = frame.token(z, Ops::load(student_ + i));
      const R of_tie = select(Ops::index(i) > token, R(0), R(1));
      const R in_head = select(z > logit, R(1), select(z < logit, R(0), of_tie));
      const R size = abs_of(k.u);
      head = head + size * in_head;
      tail = tail + size * (R(1) - in_head);
    }
    return {Ops::sum(head), Ops::sum(tail)};
  }

  Moments teacher_moments() const { return moments(teacher_); }
  Moments student_moments() const { return moments(student_); }

  /// 1/2 mean of (d - mean d)^2, d = z_S - z_T over the tokens that both sides have.
  Real logit_distance() {
    const R lowest(masked_logit);
    const auto difference = [&](std::size_t i, R& present) {
      const R s = Ops::load(student_ + i), t = Ops::load(teacher_ + i);
      present = select(s > lowest, select(t > lowest, R(1), R(0)), R(0));
      return select(present > R(0), s - t, R(0));
    };
    R sum(0), tokens(0), present(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      sum = sum + difference(i, present);
      tokens = tokens + present;
    }
    const Real count = Ops::sum(tokens);
    const R mean(Ops::sum(sum) / count), scale(Real(task_.factor) / count);
    R square(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R d = difference(i, present) - mean, kept = d * present;
      square = square + kept * kept;
      if (task_.gradient) Ops::store(kept * scale, gradient_ + i);
    }
    undefined_ = student_lost_ || teacher_lost_;
    return undefined_ ? infinite() : Ops::sum(square) / (2 * count);
  }

  /// -log q_y at tau = 1; its gradient times `weight` is added to the row's.
  Real cross_entropy(double weight) {
    const std::size_t y = static_cast<std::size_t>(task_.target);
    const Real b = student_[y] - largest_s_;
    const bool masked = student_[y] == masked_logit;
    Real rest = 0;
    {
      const LeftOut without(*this, y);
      const R shift(largest_s_);
      R sum(0);
      for (std::size_t i = 0; i < padded_; i += Ops::lanes)
        sum = sum + exp_below_of(Ops::load(student_ + i) - shift);
      rest = Ops::sum(sum);
      const Real e_y = std::exp(b), z = rest + e_y;
      if (task_.gradient) {
        const R scale(Real(weight) / z);
        for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
          const R e = exp_below_of(Ops::load(student_ + i) - shift);
          Ops::store(multiply_add(e, scale, Ops::load_real(gradient_ + i)), gradient_ + i);
        }
        gradient_[y] -= Real(weight) * (rest / z);
      }
      if (masked) return infinite();
      return rest < e_y ? std::log1p(rest / e_y) : std::log(z) - b;
    }
  }

  /// Takes the target out of both sides, as if it were masked.
  Target leave_out_target() {
    const std::size_t y = static_cast<std::size_t>(task_.target);
    left_teacher_ = teacher_[y];
    left_student_ = student_[y];
    target_left_out_ = true;
    const bool masked_t = left_teacher_ == masked_logit, masked_s = left_student_ == masked_logit;
    teacher_[y] = student_[y] = masked_logit;
    largest_t_ = *std::max_element(teacher_, teacher_ + task_.vocab);
    largest_s_ = *std::max_element(student_, student_ + task_.vocab);
    if (masked_t != masked_s) find_lost();
    return {left_teacher_, left_student_, masked_t, masked_s};
  }

  /// Puts it back, with its entry of the gradient.
  void put_target(Real entry) {
    restore();
    if (task_.gradient) gradient_[task_.target] = Real(task_.factor) * entry;
  }

  /// Undoes leave_out_target.
  void restore() {
    if (!target_left_out_) return;
    const std::size_t y = static_cast<std::size_t>(task_.target);
    teacher_[y] = left_teacher_;
    student_[y] = left_student_;
    largest_t_ = std::max<Real>(largest_t_, left_teacher_);
    largest_s_ = std::max<Real>(largest_s_, left_student_);
    target_left_out_ = false;
  }

  /// For an objective that only adds to it.
  void clear_gradient() {
    if (task_.gradient) std::fill(gradient_, gradient_ + padded_, Real(0));
  }

  /// Rounds the gradient to its place.
  void write() const {
    if (!task_.gradient) return;
    if (undefined_) {
      std::fill(task_.gradient, task_.gradient + task_.vocab, std::numeric_limits<float>::quiet_NaN());
    } else {
      std::transform(gradient_, gradient_ + task_.vocab, task_.gradient,
                     [](Real g) { return static_cast<float>(g); });
    }
  }

 private:
  struct Side {
    Real largest;
    std::size_t masked;
    bool bad;  ///< NaN or +inf
  };
  struct Sums {
    Real value = 0, w = 0;
  };

  using Frame = FrameOf<R, Real>;

  /// While it lives, a token counts as masked on both sides.
  class LeftOut {
   public:
    LeftOut(const Row& row, std::size_t token)
        : teacher_(row.teacher_[token]), student_(row.student_[token]), t_(teacher_), s_(student_) {
      teacher_ = student_ = masked_logit;
    }
    ~LeftOut() {
      teacher_ = t_;
      student_ = s_;
    }
    LeftOut(const LeftOut&) = delete;
    LeftOut& operator=(const LeftOut&) = delete;

   private:
    float &teacher_, &student_;
    float t_, s_;
  };

  /// Value and sum of w, both relative to the base; with a gradient, w and q per token.
  template <class Formula>
  Sums accumulate(const Formula& given, const Softened<Real>& s) {
    const std::size_t base = largest_token(student_, largest_s_);
    const Token<Real> top = FrameOf<Real, Real>(s).token(Real(teacher_[base]), Real(student_[base]));
    const Formula formula = relative_to_base(given, static_cast<double>(top.t));
    const Terms<Real> at_top = formula.terms(top);
    const LeftOut without(*this, base);
    const Frame frame(s);
    const R h(at_top.w / top.q), lowest(masked_logit);
    R value(0), sum(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R teacher = Ops::load(teacher_ + i), student = Ops::load(student_ + i);
      const Token<R> k = frame.token(teacher, student);
      const Terms<R> term = formula.terms(k);
      const auto here = (teacher > lowest) | (student > lowest);
      const R w = select(here, term.w - k.q * h, R(0));
      value = value + select(here, term.value, R(0));
      sum = sum + w;
      if (task_.gradient) {
        Ops::store(w, gradient_ + i);
        Ops::store(k.q, q_ + i);
      }
    }
    if (task_.gradient) q_[base] = top.q;
    return {Ops::sum(value) + at_top.value, Ops::sum(sum)};
  }

  template <class Formula>
  Real after_masks(const Formula& formula, Real value) {
    MaskEffect effect;
    if (student_lost_) effect = effect | formula.student_masked();
    if (teacher_lost_) effect = effect | formula.teacher_masked();
    undefined_ = undefined_ || effect.undefined;
    return effect.infinite ? infinite() : value;
  }

  Moments moments(const float* logits) const {
    const R lowest(masked_logit);
    R sum(0), tokens(0), square(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R z = Ops::load(logits + i);
      const auto present = z > lowest;
      sum = sum + select(present, z, R(0));
      tokens = tokens + select(present, R(1), R(0));
    }
    const Real count = Ops::sum(tokens), mean = Ops::sum(sum) / count;
    const R centre(mean);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R z = Ops::load(logits + i), d = select(z > lowest, z - centre, R(0));
      square = square + d * d;
    }
    return {mean, std::sqrt(Ops::sum(square) / count), count};
  }

  Side look_at(const float* logits) const {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const R high(infinity), low(-infinity);
    R largest(-infinity), masked(0), bad(0);
    for (std::size_t i = 0; i < padded_; i += Ops::lanes) {
      const R z = Ops::load(logits + i);
      largest = select(z > largest, z, largest);
      masked = masked + select(z > low, R(0), R(1));
      bad = bad + select(z < high, R(0), R(1));
    }
    Real top = -infinity;
    Ops::each(largest, [&](Real z) { top = std::max(top, z); });
    return {top, static_cast<std::size_t>(Ops::sum(masked)), Ops::sum(bad) > 0};
  }

  void find_lost() {
    student_lost_ = teacher_lost_ = false;
    for (std::size_t j = 0; j < task_.vocab; ++j) {
      const bool t = is_masked(teacher_[j]), s = is_masked(student_[j]);
      student_lost_ = student_lost_ || (s && !t);
      teacher_lost_ = teacher_lost_ || (t && !s);
    }
  }
  static bool is_masked(float z) { return z <= masked_logit; }

  void replace_masked(float* logits) const {
    std::replace(logits, logits + task_.vocab, -std::numeric_limits<float>::infinity(), masked_logit);
  }

  std::size_t largest_token(const float* logits, Real largest) const {
    const auto found = std::find(logits, logits + task_.vocab, static_cast<float>(largest));
    return static_cast<std::size_t>(found - logits);
  }

  const RowTask& task_;
  float *teacher_, *student_;
  Real *gradient_, *q_;
  std::vector<std::uint32_t>& order_;
  std::size_t padded_;
  Real largest_t_ = 0, largest_s_ = 0;
  bool student_lost_ = false, teacher_lost_ = false, undefined_ = false, target_left_out_ = false;
  float left_teacher_ = 0, left_student_ = 0;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
