// Vector pieces of the exact passes: exponentials, the terms of one vector of tokens, and logarithms in float
// lanes. A Highway per-target header: include it after "hwy/foreach_target.h" and <hwy/highway.h>.
#if defined(TAUSCOPE_KERNELS_EXACT_TERMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_EXACT_TERMS_INL_H_
#undef TAUSCOPE_KERNELS_EXACT_TERMS_INL_H_
#else
#define TAUSCOPE_KERNELS_EXACT_TERMS_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/exact_outside-inl.h"
#include "kernels/exact_passes.h"
#include "kernels/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace vm = tauscope::HWY_NAMESPACE;

using D = hn::CappedTag<double, 16>;  // two of these fit `padding`
using Dh = hn::Rebind<float, D>;      // as many floats as D has doubles
using Df = hn::CappedTag<float, 32>;  // two of D
using V = hn::Vec<D>;
using Vf = hn::Vec<Df>;

// Relative error of the pieces below: 2e-10. The bound is 1e-5 and nothing here cancels, so more would be
// waste.
constexpr int exp_terms = 8, near_terms = 9;

/// 1/2! + x/3! + … + x^(last-2)/last!
template <int kLast, int kTerm = 2>
HWY_INLINE V series(V x) {
  const D d;
  const V coefficient = hn::Set(d, vm::inverse_factorial<double>(kTerm));
  if constexpr (kTerm == kLast) {
    return coefficient;
  } else {
    return hn::MulAdd(series<kLast, kTerm + 1>(x), x, coefficient);
  }
}

/// e^x for x <= 0; 0 below the normal range.
HWY_INLINE V exp_nonpositive(V x) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const V magic = hn::Set(d, 0x1.8p52);  // adding it rounds to an integer, kept in the low bits
  const V lowest = hn::Set(d, -708.0);
  const V clamped = hn::Max(x, lowest);
  const V shifted = hn::MulAdd(clamped, hn::Set(d, 1.44269504088896340736), magic);
  const V n = hn::Sub(shifted, magic);
  const V r = hn::NegMulAdd(n, hn::Set(d, 1.42860682030941723212e-6),
                            hn::NegMulAdd(n, hn::Set(d, 0.693145751953125), clamped));
  const V one = hn::Set(d, 1.0);
  const V e = hn::MulAdd(hn::Mul(r, r), series<exp_terms>(r), hn::Add(r, one));
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(du, shifted));
  const V result = hn::BitCast(d, hn::Add(hn::BitCast(du, e), exponent));
  return hn::IfThenElseZero(hn::Ge(x, lowest), result);
}

/// What both passes form from a pair of logits.
struct Exponents {
  V teacher, a, b, delta, e_t, e_s;
};

struct Constants {
  V max_t, max_s, centre, inverse_tau;
  explicit Constants(const Shifts& s)
      : max_t(hn::Set(D(), s.max_t)),
        max_s(hn::Set(D(), s.max_s)),
        centre(hn::Set(D(), s.centre)),
        inverse_tau(hn::Set(D(), s.inverse_tau)) {}
};

HWY_INLINE Exponents exponents(const float* teacher, const float* student, const Constants& c) {
  const D d;
  const Dh dh;
  const V z_t = hn::PromoteTo(d, hn::LoadU(dh, teacher)), x_t = hn::Sub(z_t, c.max_t);
  const V x_s = hn::Sub(hn::PromoteTo(d, hn::LoadU(dh, student)), c.max_s);
  Exponents e{z_t, hn::Mul(x_t, c.inverse_tau), hn::Mul(x_s, c.inverse_tau), hn::Sub(x_t, x_s), V(), V()};
  e.e_t = exp_nonpositive(e.a);
  e.e_s = exp_nonpositive(e.b);
  return e;
}

/// One vector of tokens at the second pass.
struct Terms {
  V teacher, p, q, t, u, v, fkl, rkl;
  hn::Mask<D> near;  // |t| < 1/2
};

struct Norms {
  V p_scale, q_scale, log_ratio, mean_delta;
  explicit Norms(const Normalisation& n)
      : p_scale(hn::Set(D(), n.p_scale)),
        q_scale(hn::Set(D(), n.q_scale)),
        log_ratio(hn::Set(D(), n.log_ratio)),
        mean_delta(hn::Set(D(), n.mean_delta)) {}
};

/// t = log q - log p, u = q - p = p (e^t - 1), fkl = u - p t = p (e^t - 1 - t), rkl = q t - u.
HWY_INLINE Terms terms(const float* teacher, const float* student, const Constants& c, const Norms& n) {
  const D d;
  const Exponents e = exponents(teacher, student, c);
  Terms k;
  k.teacher = e.teacher;
  k.p = hn::Mul(e.e_t, n.p_scale);
  k.q = hn::Mul(e.e_s, n.q_scale);
  k.t = hn::NegMulAdd(e.delta, c.inverse_tau, n.log_ratio);
  k.near = hn::Lt(hn::Abs(k.t), hn::Set(d, 0.5));
  const V near_fkl = hn::Mul(hn::Mul(k.p, hn::Mul(k.t, k.t)), series<near_terms>(k.t));
  const V far_u = hn::Sub(k.q, k.p);
  k.u = hn::IfThenElse(k.near, hn::MulAdd(k.p, k.t, near_fkl), far_u);
  k.fkl = hn::IfThenElse(k.near, near_fkl, hn::NegMulAdd(k.p, k.t, far_u));
  // Both forms equal q t - u; only the first is free of cancellation for small t, only the second where q =
  // 0.
  k.rkl = hn::IfThenElse(k.near, hn::MulSub(k.t, k.u, near_fkl), hn::MulSub(k.q, k.t, far_u));
  k.v = hn::Mul(hn::Mul(k.q, c.inverse_tau), hn::Sub(n.mean_delta, hn::Sub(e.delta, c.centre)));
  return k;
}

/// log(c) for c in [1/2, 1], within 4e-8: the Chebyshev interpolant of degree 8 in y = 4 c - 3.
template <class DX, class VX = hn::Vec<DX>>
HWY_INLINE VX log_upper_half(DX d, VX c) {
  using T = hn::TFromD<DX>;
  const VX y = hn::MulSub(hn::Set(d, T(4)), c, hn::Set(d, T(3)));
  VX log_c = hn::Set(d, T(-2.3463300921826779e-05));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(7.9985779314829426e-05)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(-0.00022516488905021504)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(0.00081155600321808157)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(-0.0030873989767997512)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(0.012348930681130904)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(-0.055555481596986638)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(0.3333330877716858)));
  log_c = hn::MulAdd(log_c, y, hn::Set(d, T(-0.28768207245178073)));
  return log_c;
}

/// Jensen-Shannon terms of p and q with t = log q - log p. With x = t/2 they are m (x tanh x - log cosh x), m
/// the mean: a series in x^2 where t is small, else m (ln 2 + log c - |t| (1 - c)) with c = max(p, q)/(p +
/// q). All terms are >= 0 and float is precise enough for them.
template <class DX, class VX = hn::Vec<DX>>
HWY_INLINE VX mixture_terms(DX d, VX p, VX q, VX t) {
  using T = hn::TFromD<DX>;
  const auto constant = [d](double x) HWY_ATTR { return hn::Set(d, static_cast<T>(x)); };
  const VX sum = hn::Add(p, q), m = hn::Mul(constant(0.5), sum);
  const VX inverse = hn::Div(constant(1), hn::Max(sum, constant(1e-37)));
  const VX size = hn::Min(hn::Abs(t), constant(1e30));  // a mask's t is infinite in float
  const VX x2 = hn::Mul(hn::Mul(size, size), constant(0.25));
  VX series = hn::MulAdd(x2, constant(62.0 / 1575), constant(-17.0 / 180));
  series = hn::MulAdd(series, x2, constant(2.0 / 9));
  series = hn::MulAdd(series, x2, constant(-0.5));
  series = hn::MulAdd(series, x2, constant(1));
  const VX near = hn::Mul(hn::Mul(m, constant(0.5)), hn::Mul(x2, series));
  const VX log_c = log_upper_half(d, hn::Max(hn::Mul(hn::Max(p, q), inverse), constant(0.5)));
  const VX spread = hn::Mul(size, hn::Mul(hn::Min(p, q), inverse));
  const VX far = hn::Mul(m, hn::Sub(hn::Add(constant(0.693147180559945309417), log_c), spread));
  return hn::IfThenElse(hn::Lt(size, constant(0.5)), near, far);
}

#if HWY_TARGET != HWY_SCALAR
/// Two vectors of doubles as one of floats, and back: float lanes cost half.
HWY_INLINE Vf narrow(V low, V high) {
  const Dh dh;
  return hn::Combine(Df(), hn::DemoteTo(dh, high), hn::DemoteTo(dh, low));
}
HWY_INLINE V lower(Vf v) {
  return hn::PromoteTo(D(), hn::LowerHalf(Dh(), v));
}
HWY_INLINE V upper(Vf v) {
  return hn::PromoteTo(D(), hn::UpperHalf(Dh(), v));
}
#endif

/// log of two vectors of positive numbers in float's normal range, to float's precision.
HWY_INLINE void log_pair(V& low, V& high) {
#if HWY_TARGET == HWY_SCALAR
  low = vm::log_of_normal(D(), low, hn::Zero(D()));
  high = vm::log_of_normal(D(), high, hn::Zero(D()));
#else
  const Vf logs = vm::log_of_normal(Df(), narrow(low, high), hn::Zero(Df()));
  low = lower(logs);
  high = upper(logs);
#endif
}

/// Sum of two vectors' Jensen-Shannon terms, times 2^64: float keeps what is above 1e-57 of a probability.
HWY_INLINE V scaled_mixture(const Terms& low, const Terms& high) {
  const V scale = hn::Set(D(), 0x1p64);
#if HWY_TARGET == HWY_SCALAR
  const D d;
  return hn::Add(mixture_terms(d, hn::Mul(low.p, scale), hn::Mul(low.q, scale), low.t),
                 mixture_terms(d, hn::Mul(high.p, scale), hn::Mul(high.q, scale), high.t));
#else
  const Vf p = narrow(hn::Mul(low.p, scale), hn::Mul(high.p, scale));
  const Vf q = narrow(hn::Mul(low.q, scale), hn::Mul(high.q, scale));
  const Vf terms = mixture_terms(Df(), p, q, narrow(low.t, high.t));
  return hn::Add(lower(terms), upper(terms));
#endif
}

/// |g| log|g| summed over two vectors. The logarithm in float is precise enough for an effective number of
/// tokens; `scale` = 2^64 keeps entries down to 1e-57 in float's range, and entries below that weigh nothing
/// against a norm of 1e-30.
HWY_INLINE V entropy_terms(V low, V high, V scale, V log_scale) {
  const V tiny = hn::Set(D(), 1.2e-38);
  V log_low = hn::Max(hn::Mul(low, scale), tiny), log_high = hn::Max(hn::Mul(high, scale), tiny);
  log_pair(log_low, log_high);
  return hn::MulAdd(low, hn::Sub(log_low, log_scale), hn::Mul(high, hn::Sub(log_high, log_scale)));
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
