// A row's two distributions: from logits to tokens.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_FRAME_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_FRAME_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_FRAME_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_FRAME_INL_H_
#endif

#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// Both sides as distributions: log p_j = (z_j - shift_t) scale_t - log_z_t, and so on.
template <class Real>
struct Softened {
  Real shift_t = 0, shift_s = 0, scale_t = 1, scale_s = 1;
  Real inverse_t = 1, inverse_s = 1, log_z_t = 0, log_z_s = 0;
  Real log_ratio = 0;          ///< log_z_t - log_z_s, precise where the two are close
  double log_ratio_error = 0;  ///< its error, where float lanes summed it up
  Real largest_e_s = 1;        ///< exponential of the student's largest logit: 1 where it is the shift
  TAUSCOPE_HD Real largest_q() const { return largest_e_s * inverse_s; }
};

/// The exponents of a token on both sides.
template <class R>
struct Pair {
  R a, b;
  R change;  ///< b - a
};

/// What the normalisers are summed up from.
template <class R>
struct Weights {
  R teacher, student;  ///< the exponentials
  R change;            ///< log student - log teacher
};

/// exp((z - shift) scale) of one side.
template <class L>
struct Exponential {
  L shift, scale;
  template <class Real>
  TAUSCOPE_HD Exponential(Real shift_by, Real scale_by) : shift(shift_by), scale(scale_by) {}
  TAUSCOPE_HD L exponent(L logit) const { return (logit - shift) * scale; }
  TAUSCOPE_HD L operator()(L logit) const { return exp_below_of(exponent(logit)); }
};

/// student - teacher - offset
template <class L>
struct DifferenceOf {
  L offset;
  template <class Real>
  explicit TAUSCOPE_HD DifferenceOf(Real offset_by) : offset(offset_by) {}
  TAUSCOPE_HD L operator()(L student, L teacher) const { return (student - teacher) - offset; }
};

/// What every token of a softened row is formed with, in lanes of L.
template <class L, class Real>
struct FrameOf {
  L shift_t, shift_s, scale_t, scale_s, scale_change, inverse_t, inverse_s, log_z_t, log_z_s, log_ratio;

  /// Powers of p and q cost nothing to prepare here.
  explicit TAUSCOPE_HD FrameOf(const Softened<Real>& s, double = 1)
      : shift_t(s.shift_t),
        shift_s(s.shift_s),
        scale_t(s.scale_t),
        scale_s(s.scale_s),
        scale_change(s.scale_s - s.scale_t),
        inverse_t(s.inverse_t),
        inverse_s(s.inverse_s),
        log_z_t(s.log_z_t),
        log_z_s(s.log_z_s),
        log_ratio(s.log_ratio) {}

  /// change is exactly 0 for equal logits, whatever the compiler fuses.
  TAUSCOPE_HD Pair<L> pair(L teacher, L student) const {
    const L x_t = teacher - shift_t, x_s = student - shift_s;
    return {x_t * scale_t, x_s * scale_s, (x_s - x_t) * scale_s + x_t * scale_change};
  }
  TAUSCOPE_HD Weights<L> weights(L teacher, L student) const {
    const Pair<L> k = pair(teacher, student);
    return {exp_below_of(k.a), exp_below_of(k.b), k.change};
  }
  /// With the exponentials that the normalisers were summed up from.
  TAUSCOPE_HD Token<L> token(L teacher, L student, L e_teacher, L e_student) const {
    const Pair<L> k = pair(teacher, student);
    return make_token(e_teacher * inverse_t, e_student * inverse_s, k.change + log_ratio, k.a - log_z_t,
                      k.b - log_z_s);
  }
  TAUSCOPE_HD Token<L> token(L teacher, L student) const {
    const Pair<L> k = pair(teacher, student);
    return token(teacher, student, exp_below_of(k.a), exp_below_of(k.b));
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
