// One row's logits in any number type: what is asked of them before an objective is computed.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_ROW_LOGITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_ROW_LOGITS_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_ROW_LOGITS_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_ROW_LOGITS_INL_H_
#endif

#include <algorithm>

#include "kernels/load_row.h"
#include "kernels/objectives/frame-inl.h"
#include "kernels/objectives/row_task.h"

TAUSCOPE_FORMULAS_BEGIN

/// `Ops` names the number types and what lanes can do: see scalar-inl.h. Sums run over the row in a fixed
/// order.
template <class Ops>
class RowLogits {
 public:
  using Real = typename Ops::Real;
  using R = typename Ops::Lanes;

  struct Target {
    Real teacher, student;
    bool teacher_masked, student_masked;
  };
  struct Moments {
    Real mean, deviation, count;
  };

  RowLogits(const RowTask& task, RowMemory<typename Ops::Stored>& memory)
      : task_(task),
        memory_(memory),
        teacher_(memory.teacher.data()),
        student_(memory.student.data()),
        kept_t_(memory.gradient.data()),
        kept_s_(memory.q.data()),
        padded_(memory.teacher.size()) {}

  /// Loads the logits and looks at them; replaces -inf. False where the row is not valid.
  bool scan(bool with_teacher) {
    if (with_teacher) load_logits(task_.teacher.data, task_.teacher.dtype, {teacher_, task_.vocab});
    load_logits(task_.student.data, task_.student.dtype, {student_, task_.vocab});
    const RowSummary s = summarize_row({student_, task_.vocab});
    const RowSummary t = with_teacher ? summarize_row({teacher_, task_.vocab}) : s;
    if (!t.valid || !s.valid) return false;
    largest_t_ = t.largest;
    largest_s_ = s.largest;
    argmax_t_ = t.argmax;
    argmax_s_ = s.argmax;
    const bool masked_t = t.finite < task_.vocab, masked_s = s.finite < task_.vocab;
    if (with_teacher && (masked_t || masked_s)) find_lost();
    if (masked_t) replace_masked(teacher_);
    if (masked_s) replace_masked(student_);
    // What -inf on one side only does to a row takes room that float does not have; so do huge logits.
    if constexpr (Ops::rounding > 0) {
      declined_ = student_lost_ || teacher_lost_ || !Ops::fits(largest_t_, 1) || !Ops::fits(largest_s_, 1);
    }
    return true;
  }

  /// The same in one read that leaves what soften() needs, or cross_entropy() where there is no teacher, for
  /// a row that is wanted as it is. False where it has to be scanned.
  bool open(bool with_teacher) {
    if constexpr (Ops::rounding > 0) {
      typename Ops::Opening opening(task_, with_teacher ? scale() : 1, memory_);
      if (!(with_teacher ? opening.template read<true>() : opening.template read<false>())) return false;
      if (with_teacher) note(opening.teacher, largest_t_, argmax_t_);
      note(opening.student, largest_s_, argmax_s_);
      if (with_teacher) {
        soften_opened(opening.teacher, opening.student);
      } else {
        opened_.shift_s = opening.student.shift();
        opening.student.leave_out(static_cast<std::size_t>(task_.target));
        rest_of_target_ = opening.student.total();
      }
      is_opened_ = true;
    }
    return is_opened_;
  }

  Real scale() const { return Real(1) / Real(task_.tau); }
  double factor() const { return task_.factor; }
  bool has_tokens() const { return largest_t_ > masked_logit && largest_s_ > masked_logit; }

  /// Whether the lanes' precision may not be enough for the row.
  bool is_declined() const { return declined_; }
  void decline() {
    if constexpr (Ops::rounding > 0) declined_ = true;
  }

  Softened<Real> soften() { return is_opened_ ? opened_ : soften(scale(), scale()); }
  Softened<Real> soften(Real scale_t, Real scale_s) {
    Softened<Real> s;
    s.shift_t = largest_t_, s.shift_s = largest_s_;
    s.scale_t = scale_t, s.scale_s = scale_s;
    const Frame frame(s);
    Sum z_t, z_s, difference, size;
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const Weights<R> e = frame.weights(Ops::load(teacher_ + i), Ops::load(student_ + i));
          const R near = R(0) - e.teacher * multiply_add(e.change * e.change, exp_tail(e.change), e.change);
          const R gap = select(abs_of(e.change) < R(0.5), near, e.teacher - e.student);
          Ops::store(e.teacher, kept_t_ + i);
          Ops::store(e.student, kept_s_ + i);
          z_t.add(e.teacher);
          z_s.add(e.student);
          difference.add(gap);
          if constexpr (Ops::rounding > 0) size.add(abs_of(gap));
        },
        z_t, z_s, difference, size);
    const Real sum_t = z_t.total(), sum_s = z_s.total(), d = difference.total();
    s.inverse_t = 1 / sum_t;
    s.inverse_s = 1 / sum_s;
    s.log_z_t = std::log(sum_t);
    s.log_z_s = std::log(sum_s);
    s.log_ratio = d > 0 ? std::log1p(d / sum_s) : -std::log1p(-d / sum_t);
    if constexpr (Ops::rounding > 0) {
      if (!Ops::fits(largest_t_, scale_t) || !Ops::fits(largest_s_, scale_s)) decline();
      s.log_ratio_error = Ops::of_log_ratio(s, size.total());
    }
    return s;
  }

  /// -sum p log p of the teacher at a scale of its own, in nats; every term is >= 0.
  Real teacher_entropy(Real scale) const {
    const LeftOut without(*this, argmax_t_);
    const typename Ops::Exp exp(largest_t_, scale);
    Sum z, sum;
    over_row(
        [&](std::size_t i) TAUSCOPE_LOOP {
          const R logit = Ops::load(teacher_ + i), e = exp(logit);
          z.add(e);
          sum.add(select(logit > R(masked_logit), R(0) - e * exp.exponent(logit), R(0)));
        },
        z, sum);
    const Real rest = z.total();
    return std::log1p(rest) + sum.total() / (1 + rest);
  }

  /// value > bound; declines where rounding could decide.
  bool exceeds(Real value, double bound) {
    if constexpr (Ops::rounding > 0) {
      if (std::abs(value - bound) <= Ops::least_distance(bound)) decline();
    }
    return static_cast<double>(value) > bound;
  }

  OrderCut head(const Softened<Real>& s, double mass, bool crossing) const {
    return mass_cut({teacher_, task_.vocab}, static_cast<float>(largest_t_), static_cast<double>(s.scale_t),
                    mass, crossing, memory_.order);
  }

  Moments teacher_moments() const { return moments<typename Ops::Precise>(teacher_); }
  Moments student_moments() const { return moments<typename Ops::Precise>(student_); }

  /// Takes the target out of both sides, as if it were masked.
  Target leave_out_target() {
    const std::size_t y = static_cast<std::size_t>(task_.target);
    left_teacher_ = teacher_[y];
    left_student_ = student_[y];
    target_left_out_ = true;
    is_opened_ = false;
    const bool masked_t = left_teacher_ == masked_logit, masked_s = left_student_ == masked_logit;
    teacher_[y] = student_[y] = masked_logit;
    const RowSummary t = summarize_row({teacher_, task_.vocab}), s = summarize_row({student_, task_.vocab});
    largest_t_ = t.largest;
    largest_s_ = s.largest;
    argmax_t_ = t.argmax;
    argmax_s_ = s.argmax;
    if (masked_t != masked_s) find_lost();
    return {left_teacher_, left_student_, masked_t, masked_s};
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

 protected:
  using Frame = typename Ops::Frame;
  using Sum = typename Ops::Sum;

  /// While it lives, a token counts as masked on both sides.
  class LeftOut {
   public:
    LeftOut(const RowLogits& row, std::size_t token)
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

  /// Calls visit(i) for every vector of the row; the sums that it adds to are flushed in between.
  template <class Visit, class... Sums>
  TAUSCOPE_HD void over_row(const Visit& visit, Sums&... sums) const {
    for (std::size_t begin = 0; begin < padded_;) {
      const std::size_t end = begin + std::min(padded_ - begin, Ops::block);
      for (std::size_t i = begin; i < end; i += Ops::lanes)
        visit(i);
      (sums.flush(), ...);
      begin = end;
    }
  }

  void fetch_next(std::size_t i) const {
    if constexpr (Ops::rounding > 0) {
      Ops::prefetch(task_.next_teacher, i);
      Ops::prefetch(task_.next_student, i);
    }
  }

  const RowTask& task_;
  RowMemory<typename Ops::Stored>& memory_;
  float *teacher_, *student_;
  /// The exponentials of the last soften; what follows writes its own here: w or the gradient, and q.
  typename Ops::Stored *kept_t_, *kept_s_;
  std::size_t padded_;
  Real largest_t_ = 0, largest_s_ = 0;
  std::size_t argmax_t_ = 0, argmax_s_ = 0;  ///< valid until restore()
  bool student_lost_ = false, teacher_lost_ = false, declined_ = false;
  bool is_opened_ = false;
  Softened<Real> opened_;    ///< what soften() gives where it is
  Real rest_of_target_ = 0;  ///< exponentials of all other tokens, where it is without a teacher

 private:
  template <class Side>
  void soften_opened(const Side& teacher, const Side& student) {
    Softened<Real>& s = opened_;
    const double sum_t = teacher.total(), sum_s = student.total();
    s.shift_t = teacher.shift(), s.shift_s = student.shift();
    s.scale_t = s.scale_s = scale();
    s.inverse_t = 1 / sum_t;
    s.inverse_s = 1 / sum_s;
    s.log_z_t = std::log(sum_t);
    s.log_z_s = std::log(sum_s);
    s.log_ratio = s.log_z_t - s.log_z_s;
    s.largest_e_s = std::exp((largest_s_ - s.shift_s) * s.scale_s);
    s.log_ratio_error = Ops::sum_rounding + Ops::of_constant(s);
  }
  template <class Side>
  void note(const Side& side, Real& largest, std::size_t& argmax) {
    largest = side.largest();
    argmax = side.argmax();
    declined_ = declined_ || !Ops::fits(largest, 1);
  }

  template <class Precise>
  Moments moments(const float* logits) const {
    using P = typename Precise::Lanes;
    const P lowest(masked_logit);
    typename Precise::Sum sum, tokens, square;
    for (std::size_t i = 0; i < padded_; i += Precise::lanes) {
      const P z = Precise::load(logits + i);
      const auto present = z > lowest;
      sum.add(select(present, z, P(0)));
      tokens.add(select(present, P(1), P(0)));
    }
    const Real count = tokens.total(), mean = sum.total() / count;
    const P centre(mean);
    for (std::size_t i = 0; i < padded_; i += Precise::lanes) {
      const P z = Precise::load(logits + i), d = select(z > lowest, z - centre, P(0));
      square.add(d * d);
    }
    return {mean, std::sqrt(square.total() / count), count};
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

  bool target_left_out_ = false;
  float left_teacher_ = 0, left_student_ = 0;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
