#include "kernels/exact_single.h"

#include "kernels/cpu_fast.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/exact_single.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/exact_single-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact::single {
namespace HWY_NAMESPACE {

#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR

bool usable() {
  return true;
}

constexpr std::size_t block_vectors = 64;  // additions to a float lane before it is emptied

FirstSums first(const Segment& segment, const Shifts& shifts) {
  enum { z_t, z_s, gap_sum, gap_l1, t_a, s_b, t_b, s_delta, delta_l1, outside_t, outside_s, count };
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const Exp exp(fast::split_rate(1 / shifts.inverse_tau));
  const Outside outside(segment);
  const V max_t = constant(shifts.max_t), max_s = constant(shifts.max_s);
  const V rate = constant(shifts.inverse_tau), half = constant(0.5);
  LaneSums<count> sums;
  for (std::size_t begin = 0; begin < segment.size; begin += block_vectors * lanes) {
    const std::size_t end = std::min(segment.size, begin + block_vectors * lanes);
    V zt = hn::Zero(d), zs = zt, diff = zt, diff_l1 = zt, ta = zt, sb = zt, tb = zt, sd = zt, sd_l1 = zt,
      ot = zt, os = zt;
    for (std::size_t j = begin; j < end; j += lanes) {
      const V t = hn::Load(d, segment.teacher + j), s = hn::Load(d, segment.student + j);
      const Shifted a(t, max_t), b(s, max_s);
      const V delta = difference(a, b), e_t = exp(a.value, a.tail), e_s = exp(b.value, b.tail);
      // e_T - e_S = e_S (e^x - 1)
      const V x = hn::Mul(delta, rate);
      const V near = hn::Mul(e_s, hn::MulAdd(hn::Mul(x, x), polynomial(x, near_terms), x));
      const V gap = hn::IfThenElse(hn::Lt(hn::Abs(x), half), near, hn::Sub(e_t, e_s));
      const V weighted = hn::Mul(e_s, delta);
      const auto out = outside(j, t);
      zt = hn::Add(zt, e_t);
      zs = hn::Add(zs, e_s);
      diff = hn::Add(diff, gap);
      diff_l1 = hn::Add(diff_l1, hn::Abs(gap));
      ta = hn::MulAdd(e_t, a.value, ta);
      sb = hn::MulAdd(e_s, b.value, sb);
      tb = hn::MulAdd(e_t, b.value, tb);
      sd = hn::Add(sd, weighted);
      sd_l1 = hn::Add(sd_l1, hn::Abs(weighted));
      ot = hn::Add(ot, hn::IfThenElseZero(out, e_t));
      os = hn::Add(os, hn::IfThenElseZero(out, e_s));
    }
    const V block[count] = {zt, zs, diff, diff_l1, ta, sb, tb, sd, sd_l1, ot, os};
    for (std::size_t i = 0; i < count; ++i)
      sums.add(i, block[i]);
  }
  FirstSums result;
  result.z_t = sums.total(z_t), result.z_s = sums.total(z_s);
  result.difference = sums.total(gap_sum), result.difference_l1 = sums.total(gap_l1);
  result.t_a = sums.total(t_a) * shifts.inverse_tau, result.s_b = sums.total(s_b) * shifts.inverse_tau;
  result.t_b = sums.total(t_b) * shifts.inverse_tau;
  result.s_delta = sums.total(s_delta) - shifts.centre * result.z_s;
  result.delta_l1 = sums.total(delta_l1);
  result.outside_t = sums.total(outside_t), result.outside_s = sums.total(outside_s);
  return result;
}

/// Jensen-Shannon terms, with x = t/2: m (x tanh x - log cosh x), m the mean: a series in x^2 where t is
/// small, else m (ln 2 + log c - |t| (1 - c)) with c = max(p, q)/(p + q).
HWY_INLINE V mixture(V p, V q, V t, hn::Mask<D> near) {
  constexpr std::array<float, 5> terms = {0.25f, -0.125f, 1.0f / 18, -17.0f / 720, 31.0f / 3150};
  const V sum = hn::Add(p, q), size = hn::Abs(t), x2 = hn::Mul(hn::Mul(size, size), constant(0.25));
  const V inverse = hn::Div(constant(1), hn::Max(sum, constant(1e-37)));
  const V c = hn::Mul(hn::Max(p, q), inverse), spread = hn::Mul(size, hn::Mul(hn::Min(p, q), inverse));
  const V log_2c = log_of_positive(hn::Max(hn::Add(c, c), constant(1)));
  return hn::Mul(sum, hn::IfThenElse(near, hn::Mul(x2, polynomial(x2, terms)),
                                     hn::Mul(constant(0.5), hn::Sub(log_2c, spread))));
}

/// |g| log|g|.
HWY_INLINE V x_log_x(V x) {
  return hn::Mul(x, log_of_positive(hn::Max(x, constant(1.2e-38))));
}

template <bool kMixture, bool kLogs, bool kOutside, AtFirstTau kFirst>
SecondSums second_of(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                     const FirstTau& first_tau) {
  enum {
    fkl,
    rkl,
    u_l1,
    u_l2,
    v_l1,
    v_l2,
    uv,
    p_l2,
    q_l2,
    jsd,
    u_log,
    v_log,
    u_first,
    v_first,
    outside,
    count = outside + 6
  };
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const Exp exp(fast::split_rate(1 / shifts.inverse_tau));
  const Pair log_ratio(norm.log_ratio), rate(shifts.inverse_tau), mean(norm.mean_delta + shifts.centre);
  const Outside outside_of(segment);
  const V max_t = constant(shifts.max_t), max_s = constant(shifts.max_s), half = constant(0.5);
  const V p_scale = constant(norm.p_scale), q_scale = constant(norm.q_scale);
  V u_max = hn::Zero(d), v_max = u_max;
  LaneSums<count> sums;
  for (std::size_t begin = 0; begin < segment.size; begin += block_vectors * lanes) {
    const std::size_t end = std::min(segment.size, begin + block_vectors * lanes);
    V fkl_ = hn::Zero(d), rkl_ = fkl_, u1 = fkl_, u2 = fkl_, v1 = fkl_, v2 = fkl_, uv_ = fkl_, p2 = fkl_,
      q2 = fkl_, js = fkl_, ul = fkl_, vl = fkl_, uf = fkl_, vf = fkl_, o_fkl = fkl_, o_rkl = fkl_,
      o_u1 = fkl_, o_u2 = fkl_, o_v1 = fkl_, o_v2 = fkl_;
    for (std::size_t j = begin; j < end; j += lanes) {
      const V z_t = hn::Load(d, segment.teacher + j), z_s = hn::Load(d, segment.student + j);
      const Shifted a(z_t, max_t), b(z_s, max_s);
      const V delta = difference(a, b);
      const V p = hn::Mul(exp(a.value, a.tail), p_scale), q = hn::Mul(exp(b.value, b.tail), q_scale);
      const V t = hn::Add(hn::NegMulAdd(delta, rate.high, log_ratio.high),
                          hn::NegMulAdd(delta, rate.low, log_ratio.low));
      const auto near = hn::Lt(hn::Abs(t), half);
      // The forms of exact_terms-inl.h.
      const V pt = hn::Mul(p, t), near_fkl = hn::Mul(hn::Mul(pt, t), polynomial(t, near_terms));
      const V far_u = hn::Sub(q, p);
      const V u = hn::IfThenElse(near, hn::Add(pt, near_fkl), far_u);
      const V v = hn::Mul(hn::Mul(q, rate.high), hn::Add(hn::Sub(mean.high, delta), mean.low));
      const V u_abs = hn::Abs(u), v_abs = hn::Abs(v);
      const V forward = hn::IfThenElse(near, near_fkl, hn::NegMulAdd(p, t, far_u));
      const V reverse = hn::IfThenElse(near, hn::MulSub(t, u, near_fkl), hn::MulSub(q, t, far_u));
      fkl_ = hn::Add(fkl_, forward);
      rkl_ = hn::Add(rkl_, reverse);
      u1 = hn::Add(u1, u_abs);
      v1 = hn::Add(v1, v_abs);
      u2 = hn::MulAdd(u, u, u2);
      v2 = hn::MulAdd(v, v, v2);
      uv_ = hn::MulAdd(u, v, uv_);
      p2 = hn::MulAdd(p, p, p2);
      q2 = hn::MulAdd(q, q, q2);
      u_max = hn::Max(u_max, u_abs);
      v_max = hn::Max(v_max, v_abs);
      if constexpr (kMixture) js = hn::Add(js, mixture(p, q, t, near));
      if constexpr (kLogs) {
        ul = hn::Add(ul, x_log_x(u_abs));
        vl = hn::Add(vl, x_log_x(v_abs));
      }
      if constexpr (kOutside) {
        const auto out = outside_of(j, z_t);
        const V u_out = hn::IfThenElseZero(out, u_abs), v_out = hn::IfThenElseZero(out, v_abs);
        o_fkl = hn::Add(o_fkl, hn::IfThenElseZero(out, forward));
        o_rkl = hn::Add(o_rkl, hn::IfThenElseZero(out, reverse));
        o_u1 = hn::Add(o_u1, u_out);
        o_v1 = hn::Add(o_v1, v_out);
        o_u2 = hn::MulAdd(u_out, u_out, o_u2);
        o_v2 = hn::MulAdd(v_out, v_out, o_v2);
      }
      if constexpr (kFirst == AtFirstTau::keep) {
        hn::StoreU(u, d, first_tau.u + j);
        hn::StoreU(v, d, first_tau.v + j);
      }
      if constexpr (kFirst == AtFirstTau::compare) {
        uf = hn::MulAdd(u, hn::LoadU(d, first_tau.u + j), uf);
        vf = hn::MulAdd(v, hn::LoadU(d, first_tau.v + j), vf);
      }
    }
    const V block[count] = {fkl_, rkl_, u1, u2, v1,    v2,    uv_,  p2,   q2,   js,
                            ul,   vl,   uf, vf, o_fkl, o_rkl, o_u1, o_u2, o_v1, o_v2};
    for (std::size_t i = 0; i < count; ++i)
      sums.add(i, block[i]);
  }
  SecondSums s;
  s.fkl = sums.total(fkl), s.rkl = sums.total(rkl), s.jsd = sums.total(jsd);
  s.u_l1 = sums.total(u_l1), s.u_l2 = sums.total(u_l2), s.v_l1 = sums.total(v_l1), s.v_l2 = sums.total(v_l2);
  s.u_max = static_cast<double>(hn::GetLane(hn::MaxOfLanes(d, u_max)));
  s.v_max = static_cast<double>(hn::GetLane(hn::MaxOfLanes(d, v_max)));
  s.outside = {sums.total(outside),     sums.total(outside + 1), sums.total(outside + 2),
               sums.total(outside + 3), sums.total(outside + 4), sums.total(outside + 5)};
  s.uv = sums.total(uv), s.p_l2 = sums.total(p_l2), s.q_l2 = sums.total(q_l2), s.u_log = sums.total(u_log),
  s.v_log = sums.total(v_log);
  s.u_first = kFirst == AtFirstTau::keep ? s.u_l2 : sums.total(u_first);
  s.v_first = kFirst == AtFirstTau::keep ? s.v_l2 : sums.total(v_first);
  return s;
}

template <bool kMixture, bool kLogs, bool kOutside>
SecondSums second_with(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       AtFirstTau first, const FirstTau& first_tau) {
  switch (first) {
    case AtFirstTau::keep:
      return second_of<kMixture, kLogs, kOutside, AtFirstTau::keep>(segment, shifts, norm, first_tau);
    case AtFirstTau::compare:
      return second_of<kMixture, kLogs, kOutside, AtFirstTau::compare>(segment, shifts, norm, first_tau);
    case AtFirstTau::ignore:
      break;
  }
  return second_of<kMixture, kLogs, kOutside, AtFirstTau::ignore>(segment, shifts, norm, first_tau);
}

SecondSums second(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                  const SecondParts& parts, const FirstTau& first_tau) {
  constexpr decltype(&second_with<false, false, false>) passes[] = {
      &second_with<false, false, false>, &second_with<false, false, true>, &second_with<false, true, false>,
      &second_with<false, true, true>,   &second_with<true, false, false>, &second_with<true, false, true>,
      &second_with<true, true, false>,   &second_with<true, true, true>};
  const auto pass = passes[(parts.mixture ? 4 : 0) + (parts.logs ? 2 : 0) + (parts.outside ? 1 : 0)];
  return pass(segment, shifts, norm, parts.first, first_tau);
}

#else  // no fused multiply-add: the double passes do all rows

bool usable() {
  return false;
}
FirstSums first(const Segment&, const Shifts&) {
  return {};
}
SecondSums second(const Segment&, const Shifts&, const Normalisation&, const SecondParts&, const FirstTau&) {
  return {};
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact::single
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope::exact::single {

HWY_EXPORT(usable);
HWY_EXPORT(first);
HWY_EXPORT(second);

bool available() {
  return HWY_DYNAMIC_DISPATCH(usable)();
}

FirstSums first_pass(const Segment& segment, const Shifts& shifts) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(first)(segment, shifts);
}

SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const SecondParts& parts, const FirstTau& first_tau) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(second)(segment, shifts, norm, parts, first_tau);
}

}  // namespace tauscope::exact::single
#endif  // HWY_ONCE
