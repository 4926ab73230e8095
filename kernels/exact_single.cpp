#include "kernels/exact_single.h"

#include "kernels/cpu_fast.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/exact_single.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <iterator>

#include "kernels/exact_single-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact::single {
namespace HWY_NAMESPACE {

#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR

bool usable() {
  return true;
}

template <bool kEntropies, bool kOutside, bool kStore>
FirstSums first_of(const Segment& segment, const Shifts& shifts) {
  enum { z_t, z_s, gap_sum, gap_l1, s_delta, delta_l1, t_a, s_b, t_b, outside_t, outside_s, count };
  const D d;
  const std::size_t lanes = hn::Lanes(d), block = Blocks::vectors_of_one * lanes;
  const ShiftedExp exp(shifts.inverse_tau);
  const Outside outside(segment);
  const V max_t = constant(shifts.max_t), max_s = constant(shifts.max_s);
  const V rate = constant(shifts.inverse_tau), half = constant(0.5);
  LaneSums<count> sums;
  Blocks row(segment);
  for (std::size_t begin = 0; begin < segment.size; begin += block) {
    row.move_to(begin);
    V zt = hn::Zero(d), zs = zt, diff = zt, diff_l1 = zt, sd = zt, sd_l1 = zt, ta = zt, sb = zt, tb = zt,
      ot = zt, os = zt;
    for (std::size_t i = 0; i < row.vectors * lanes; i += lanes) {
      const V t = hn::LoadU(d, row.teacher + i), s = hn::LoadU(d, row.student + i);
      const Shifted a(t, max_t), b(s, max_s);
      const V delta = difference_of(a, b), e_t = exp(a), e_s = exp(b);
      // e_T - e_S = e_S (e^x - 1)
      const V x = hn::Mul(delta, rate);
      const V near = hn::Mul(e_s, hn::MulAdd(hn::Mul(x, x), polynomial(x, near_terms), x));
      const V gap = hn::IfThenElse(hn::Lt(hn::Abs(x), half), near, hn::Sub(e_t, e_s));
      const V weighted = hn::Mul(e_s, delta);
      zt = hn::Add(zt, e_t);
      zs = hn::Add(zs, e_s);
      diff = hn::Add(diff, gap);
      diff_l1 = hn::Add(diff_l1, hn::Abs(gap));
      sd = hn::Add(sd, weighted);
      sd_l1 = hn::Add(sd_l1, hn::Abs(weighted));
      if constexpr (kEntropies) {
        ta = hn::MulAdd(e_t, a.value, ta);
        sb = hn::MulAdd(e_s, b.value, sb);
        tb = hn::MulAdd(e_t, b.value, tb);
      }
      if constexpr (kOutside) {
        const auto out = outside(begin + i, t);
        ot = hn::Add(ot, hn::IfThenElseZero(out, e_t));
        os = hn::Add(os, hn::IfThenElseZero(out, e_s));
      }
      if constexpr (kStore) {
        hn::Store(e_t, d, segment.exp_teacher + begin + i);
        hn::Store(e_s, d, segment.exp_student + begin + i);
      }
    }
    const V of_block[count] = {zt, zs, diff, diff_l1, sd, sd_l1, ta, sb, tb, ot, os};
    constexpr std::size_t plain = t_a, with_entropies = outside_t;
    const std::size_t used = kOutside ? count : kEntropies ? with_entropies : plain;
    for (std::size_t i = 0; i < used; ++i)
      sums.add(i, of_block[i]);
  }
  FirstSums result;
  result.z_t = sums.total(z_t), result.z_s = sums.total(z_s);
  result.difference = sums.total(gap_sum), result.difference_l1 = sums.total(gap_l1);
  result.s_delta = sums.total(s_delta) - shifts.centre * result.z_s;
  result.delta_l1 = sums.total(delta_l1);
  result.t_a = sums.total(t_a) * shifts.inverse_tau, result.s_b = sums.total(s_b) * shifts.inverse_tau;
  result.t_b = sums.total(t_b) * shifts.inverse_tau;
  result.outside_t = sums.total(outside_t), result.outside_s = sums.total(outside_s);
  return result;
}

FirstSums first(const Segment& segment, const Shifts& shifts, const FirstParts& parts) {
  const auto pass = parts.entropies ? (parts.second    ? &first_of<true, true, true>
                                       : parts.outside ? &first_of<true, true, false>
                                                       : &first_of<true, false, false>)
                    : parts.outside ? &first_of<false, true, true>
                    : parts.second  ? &first_of<false, false, true>
                                    : &first_of<false, false, false>;
  return pass(segment, shifts);
}

/// Families of sums.
enum Family : unsigned {
  forward = 1U << 0,
  reverse = 1U << 1,
  divergences = 1U << 2,
  mixtures = 1U << 3,
  logs = 1U << 4,
  outside = 1U << 5,
  everything = (1U << 6) - 1,
};

template <unsigned kFamilies, AtFirstTau kFirst>
SecondSums second_of(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                     const FirstTau& first_tau) {
  enum {
    u_l1,
    u_l2,
    v_l1,
    v_l2,
    uv,
    q_l2,
    fkl,
    rkl,
    p_l2,
    jsd,
    u_log,
    v_log,
    u_first,
    v_first,
    out,
    count = out + 6
  };
  constexpr bool kForward = kFamilies & forward, kReverse = kFamilies & reverse,
                 kDivergences = kFamilies & divergences, kLogs = kFamilies & logs;
  constexpr bool kBeside = kFirst == AtFirstTau::beside;
  const D d;
  const std::size_t lanes = hn::Lanes(d), block = Blocks::vectors_of_one * lanes;
  const Scales scales(shifts, norm), first_scales(first_tau.shifts, first_tau.norm);
  const ShiftedExp first_exp(1);
  const V max_t = constant(shifts.max_t), max_s = constant(shifts.max_s);
  const Difference difference(shifts);
  const Outside outside_of(segment);
  V u_max = hn::Zero(d), v_max = u_max;
  LaneSums<count> sums;
  Blocks row(segment);
  for (std::size_t begin = 0; begin < segment.size; begin += block) {
    row.move_to(begin);
    V u1 = hn::Zero(d), u2 = u1, v1 = u1, v2 = u1, uv_ = u1, q2 = u1, fkl_ = u1, rkl_ = u1, p2 = u1, js = u1,
      ul = u1, vl = u1, uf = u1, vf = u1, o_fkl = u1, o_rkl = u1, o_u1 = u1, o_u2 = u1, o_v1 = u1, o_v2 = u1;
    for (std::size_t i = 0; i < row.vectors * lanes; i += lanes) {
      const std::size_t j = begin + i;
      const V z_t = hn::LoadU(d, row.teacher + i), z_s = hn::LoadU(d, row.student + i);
      const V delta = difference(z_t, z_s), e_s = hn::Load(d, segment.exp_student + j);
      [[maybe_unused]] V u = hn::Zero(d), v = u, u_abs = u, v_abs = u, forward_term = u, reverse_term = u;
      const V q = hn::Mul(e_s, scales.q);
      q2 = hn::MulAdd(q, q, q2);
      if constexpr (kForward) {
        const ForwardTerms k(hn::Load(d, segment.exp_teacher + j), e_s, delta, scales);
        u = k.u;
        u_abs = hn::Abs(u);
        u1 = hn::Add(u1, u_abs);
        u2 = hn::MulAdd(u, u, u2);
        u_max = hn::Max(u_max, u_abs);
        if constexpr (kDivergences) {
          forward_term = hn::IfThenElse(k.near, k.near_fkl, hn::NegMulAdd(k.p, k.t, k.far_u));
          reverse_term =
              hn::IfThenElse(k.near, hn::MulSub(k.t, u, k.near_fkl), hn::MulSub(k.q, k.t, k.far_u));
          fkl_ = hn::Add(fkl_, forward_term);
          rkl_ = hn::Add(rkl_, reverse_term);
          p2 = hn::MulAdd(k.p, k.p, p2);
        }
        if constexpr (kFamilies & mixtures) js = hn::Add(js, mixture(k.p, k.q, k.t, k.near));
        if constexpr (kLogs) ul = hn::Add(ul, x_log_x(u_abs));
      }
      if constexpr (kReverse) {
        v = reverse_gradient(e_s, delta, scales);
        v_abs = hn::Abs(v);
        v1 = hn::Add(v1, v_abs);
        v2 = hn::MulAdd(v, v, v2);
        v_max = hn::Max(v_max, v_abs);
        if constexpr (kLogs) vl = hn::Add(vl, x_log_x(v_abs));
        if constexpr (kForward) uv_ = hn::MulAdd(u, v, uv_);
      }
      if constexpr (kFamilies & outside) {
        const auto is_out = outside_of(j, z_t);
        const V u_out = hn::IfThenElseZero(is_out, u_abs), v_out = hn::IfThenElseZero(is_out, v_abs);
        o_fkl = hn::Add(o_fkl, hn::IfThenElseZero(is_out, forward_term));
        o_rkl = hn::Add(o_rkl, hn::IfThenElseZero(is_out, reverse_term));
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
      if constexpr (kBeside) {
        const V first_s = first_exp(Shifted(z_s, max_s));
        if constexpr (kForward)
          uf =
              hn::MulAdd(u, ForwardTerms(first_exp(Shifted(z_t, max_t)), first_s, delta, first_scales).u, uf);
        if constexpr (kReverse) vf = hn::MulAdd(v, reverse_gradient(first_s, delta, first_scales), vf);
      }
    }
    const V of_block[count] = {u1, u2, v1, v2, uv_,   q2,    fkl_, rkl_, p2,   js,
                               ul, vl, uf, vf, o_fkl, o_rkl, o_u1, o_u2, o_v1, o_v2};
    const auto add = [&](bool wanted, std::size_t from, std::size_t to) HWY_ATTR {
      for (std::size_t i = from; wanted && i < to; ++i)
        sums.add(i, of_block[i]);
    };
    add(kForward, u_l1, v_l1);
    add(kReverse, v_l1, uv);
    add(true, uv, fkl);
    add(kDivergences, fkl, jsd);
    add(kFamilies & mixtures, jsd, u_log);
    add(kLogs, u_log, u_first);
    add(kFirst == AtFirstTau::compare || kBeside, u_first, out);
    add(kFamilies & outside, out, count);
  }
  SecondSums s;
  s.fkl = sums.total(fkl), s.rkl = sums.total(rkl), s.jsd = sums.total(jsd);
  s.u_l1 = sums.total(u_l1), s.u_l2 = sums.total(u_l2), s.v_l1 = sums.total(v_l1), s.v_l2 = sums.total(v_l2);
  s.u_max = static_cast<double>(hn::GetLane(hn::MaxOfLanes(d, u_max)));
  s.v_max = static_cast<double>(hn::GetLane(hn::MaxOfLanes(d, v_max)));
  s.outside = {sums.total(out),     sums.total(out + 1), sums.total(out + 2),
               sums.total(out + 3), sums.total(out + 4), sums.total(out + 5)};
  s.uv = sums.total(uv), s.p_l2 = sums.total(p_l2), s.q_l2 = sums.total(q_l2);
  s.u_log = sums.total(u_log), s.v_log = sums.total(v_log);
  s.u_first = kFirst == AtFirstTau::keep ? s.u_l2 : sums.total(u_first);
  s.v_first = kFirst == AtFirstTau::keep ? s.v_l2 : sums.total(v_first);
  return s;
}

/// The pass that sums at least what is asked for with the least work.
SecondSums second(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                  const SecondParts& parts, const FirstTau& first_tau) {
  using Pass = decltype(&second_of<everything, AtFirstTau::ignore>);
  struct Entry {
    unsigned families;
    AtFirstTau first;
    Pass pass;
  };
  static constexpr auto ignore = AtFirstTau::ignore, keep = AtFirstTau::keep, beside = AtFirstTau::beside;
  static constexpr Entry passes[] = {
      {forward, ignore, &second_of<forward, ignore>},
      {reverse, ignore, &second_of<reverse, ignore>},
      {forward | divergences, ignore, &second_of<forward | divergences, ignore>},
      {forward | mixtures, ignore, &second_of<forward | mixtures, ignore>},
      {forward | logs, ignore, &second_of<forward | logs, ignore>},
      {reverse | logs, ignore, &second_of<reverse | logs, ignore>},
      {forward | outside, ignore, &second_of<forward | outside, ignore>},
      {reverse | outside, ignore, &second_of<reverse | outside, ignore>},
      {forward | reverse | divergences, ignore, &second_of<forward | reverse | divergences, ignore>},
      {everything, ignore, &second_of<everything, ignore>},
      {forward, beside, &second_of<forward, beside>},
      {reverse, beside, &second_of<reverse, beside>},
      {forward | reverse | divergences, beside, &second_of<forward | reverse | divergences, beside>},
      {everything, beside, &second_of<everything, beside>},
      {forward | reverse | divergences, keep, &second_of<forward | reverse | divergences, keep>},
      {everything, keep, &second_of<everything, keep>},
      {everything, AtFirstTau::compare, &second_of<everything, AtFirstTau::compare>},
  };
  const unsigned wanted = (parts.forward ? forward : 0U) | (parts.reverse ? reverse : 0U) |
                          (parts.divergences ? divergences : 0U) | (parts.mixture ? mixtures : 0U) |
                          (parts.logs ? logs : 0U) | (parts.outside ? outside : 0U);
  const auto enough = [&](const Entry& e) { return e.first == parts.first && (wanted & ~e.families) == 0; };
  return std::find_if(std::begin(passes), std::end(passes), enough)->pass(segment, shifts, norm, first_tau);
}

#else  // no fused multiply-add: the double passes do all rows

bool usable() {
  return false;
}
FirstSums first(const Segment&, const Shifts&, const FirstParts&) {
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

FirstSums first_pass(const Segment& segment, const Shifts& shifts, const FirstParts& parts) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(first)(segment, shifts, parts);
}

SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const SecondParts& parts, const FirstTau& first_tau) {
  const fast::FlushSubnormals flush;
  return HWY_DYNAMIC_DISPATCH(second)(segment, shifts, norm, parts, first_tau);
}

}  // namespace tauscope::exact::single
#endif  // HWY_ONCE
