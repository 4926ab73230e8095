#include "kernels/exact_passes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/exact_passes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "kernels/exact_terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope::exact {
namespace HWY_NAMESPACE {
double total(V v) {
  return hn::GetLane(hn::SumOfLanes(D(), v));
}
double most(V v) {
  return hn::GetLane(hn::MaxOfLanes(D(), v));
}

FirstSums first(const Segment& segment, const Shifts& shifts) {
  const D d;
  const Constants c(shifts);
  const V half = hn::Set(d, 0.5);
  V z_t = hn::Zero(d), z_s = z_t, difference = z_t, t_a = z_t, s_b = z_t, t_b = z_t, s_delta = z_t;
  V outside_t = z_t, outside_s = z_t;
  const OutsideMask<D> outside(segment);
  for (std::size_t j = 0; j < segment.size; j += hn::Lanes(d)) {
    const Exponents e = exponents(segment.teacher + j, segment.student + j, c);
    const V x = hn::Mul(e.delta, c.inverse_tau);
    // e_T - e_S = e_S (e^x - 1)
    const V near = hn::Mul(e.e_s, hn::MulAdd(hn::Mul(x, x), series<near_terms>(x), x));
    const V far = hn::Sub(e.e_t, e.e_s);
    difference = hn::Add(difference, hn::IfThenElse(hn::Lt(hn::Abs(x), half), near, far));
    z_t = hn::Add(z_t, e.e_t);
    z_s = hn::Add(z_s, e.e_s);
    const auto out = outside(j, e.teacher);
    outside_t = hn::Add(outside_t, hn::IfThenElseZero(out, e.e_t));
    outside_s = hn::Add(outside_s, hn::IfThenElseZero(out, e.e_s));
    t_a = hn::MulAdd(e.e_t, e.a, t_a);
    s_b = hn::MulAdd(e.e_s, e.b, s_b);
    t_b = hn::MulAdd(e.e_t, e.b, t_b);
    s_delta = hn::MulAdd(e.e_s, hn::Sub(e.delta, c.centre), s_delta);
  }
  FirstSums sums;
  sums.z_t = total(z_t), sums.z_s = total(z_s), sums.difference = total(difference);
  sums.t_a = total(t_a), sums.s_b = total(s_b), sums.t_b = total(t_b), sums.s_delta = total(s_delta);
  sums.outside_t = total(outside_t), sums.outside_s = total(outside_s);
  return sums;
}

/// Sums of the second pass that every caller wants.
struct CoreSums {
  V fkl, rkl, u_l2, v_l2, uv;

  // Written out: an implicit constructor would be compiled for the baseline instruction set.
  HWY_INLINE CoreSums() { fkl = rkl = u_l2 = v_l2 = uv = hn::Zero(D()); }

  HWY_INLINE void add(const Terms& k) {
    fkl = hn::Add(fkl, k.fkl);
    rkl = hn::Add(rkl, k.rkl);
    u_l2 = hn::MulAdd(k.u, k.u, u_l2);
    v_l2 = hn::MulAdd(k.v, k.v, v_l2);
    uv = hn::MulAdd(k.u, k.v, uv);
  }

  SecondSums result() const {
    SecondSums s;
    s.fkl = total(fkl);
    s.rkl = total(rkl);
    s.u_l2 = total(u_l2);
    s.v_l2 = total(v_l2);
    s.uv = total(uv);
    return s;
  }
};

/// And those that only the full set wants.
struct FullSums {
  V jsd, u_l1, v_l1, u_max, v_max, u_log, v_log, u_first, v_first;

  HWY_INLINE FullSums() {
    jsd = u_l1 = v_l1 = u_max = v_max = u_log = v_log = u_first = v_first = hn::Zero(D());
  }

  HWY_INLINE void add(V u_abs, V v_abs) {
    u_l1 = hn::Add(u_l1, u_abs);
    v_l1 = hn::Add(v_l1, v_abs);
    u_max = hn::Max(u_max, u_abs);
    v_max = hn::Max(v_max, v_abs);
  }

  HWY_INLINE void add_products(const Terms& k, const float* u, const float* v) {
    const D d;
    const Dh dh;
    u_first = hn::MulAdd(k.u, hn::PromoteTo(d, hn::LoadU(dh, u)), u_first);
    v_first = hn::MulAdd(k.v, hn::PromoteTo(d, hn::LoadU(dh, v)), v_first);
  }
};

/// What is outside the dominant set.
struct Outside {
  V fkl, rkl, u_l1, u_l2, v_l1, v_l2;
  OutsideMask<D> mask;

  HWY_INLINE explicit Outside(const Segment& segment) : mask(segment) {
    fkl = rkl = u_l1 = u_l2 = v_l1 = v_l2 = hn::Zero(D());
  }

  HWY_INLINE void add(std::size_t j, const Terms& k) {
    const auto out = mask(j, k.teacher);
    const V u = hn::IfThenElseZero(out, k.u), v = hn::IfThenElseZero(out, k.v);
    fkl = hn::Add(fkl, hn::IfThenElseZero(out, k.fkl));
    rkl = hn::Add(rkl, hn::IfThenElseZero(out, k.rkl));
    u_l1 = hn::Add(u_l1, hn::Abs(u));
    v_l1 = hn::Add(v_l1, hn::Abs(v));
    u_l2 = hn::MulAdd(u, u, u_l2);
    v_l2 = hn::MulAdd(v, v, v_l2);
  }

  OutsideSums result() const {
    return {total(fkl), total(rkl), total(u_l1), total(u_l2), total(v_l1), total(v_l2)};
  }
};

HWY_INLINE void store(const Terms& k, const FirstTau& out, std::size_t j) {
  const Dh dh;
  if (out.u) hn::StoreU(hn::DemoteTo(dh, k.u), dh, out.u + j);
  if (out.v) hn::StoreU(hn::DemoteTo(dh, k.v), dh, out.v + j);
}

template <AtFirstTau kFirst>
HWY_INLINE SecondSums second_of(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                                const FirstTau& first_tau) {
  const D d;
  const Constants c(shifts);
  const Norms n(norm);
  const std::size_t lanes = hn::Lanes(d);
  const V u_scale = hn::Set(d, 0x1p64), u_shift = hn::Set(d, 64 * 0.693147180559945309417);
  const V v_scale = hn::Set(d, norm.v_scale), v_shift = hn::Set(d, std::log(norm.v_scale));
  CoreSums core;
  FullSums full;
  Outside outside(segment);
  for (std::size_t j = 0; j < segment.size; j += 2 * lanes) {
    const std::size_t i = j + lanes;
    const Terms low = terms(segment.teacher + j, segment.student + j, c, n);
    const Terms high = terms(segment.teacher + i, segment.student + i, c, n);
    core.add(low);
    core.add(high);
    outside.add(j, low);
    outside.add(i, high);
    full.jsd = hn::Add(full.jsd, scaled_mixture(low, high));
    const V u_low = hn::Abs(low.u), u_high = hn::Abs(high.u), v_low = hn::Abs(low.v),
            v_high = hn::Abs(high.v);
    full.add(u_low, v_low);
    full.add(u_high, v_high);
    if constexpr (kFirst == AtFirstTau::keep) {
      store(low, first_tau, j);
      store(high, first_tau, i);
    }
    if constexpr (kFirst == AtFirstTau::compare) {
      full.add_products(low, first_tau.u + j, first_tau.v + j);
      full.add_products(high, first_tau.u + i, first_tau.v + i);
    }
    full.u_log = hn::Add(full.u_log, entropy_terms(u_low, u_high, u_scale, u_shift));
    full.v_log = hn::Add(full.v_log, entropy_terms(v_low, v_high, v_scale, v_shift));
  }
  SecondSums s = core.result();
  s.outside = outside.result();
  s.jsd = total(full.jsd) * 0x1p-64;
  s.u_l1 = total(full.u_l1);
  s.v_l1 = total(full.v_l1);
  s.u_max = most(full.u_max);
  s.v_max = most(full.v_max);
  s.u_log = total(full.u_log);
  s.v_log = total(full.v_log);
  s.u_first = kFirst == AtFirstTau::keep ? s.u_l2 : total(full.u_first);
  s.v_first = kFirst == AtFirstTau::keep ? s.v_l2 : total(full.v_first);
  return s;
}

SecondSums second_core(const Segment& segment, const Shifts& shifts, const Normalisation& norm) {
  const Constants c(shifts);
  const Norms n(norm);
  CoreSums core;
  for (std::size_t j = 0; j < segment.size; j += hn::Lanes(D())) {
    core.add(terms(segment.teacher + j, segment.student + j, c, n));
  }
  return core.result();
}

SecondSums keep(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                const FirstTau& out) {
  const Constants c(shifts);
  const Norms n(norm);
  CoreSums core;
  for (std::size_t j = 0; j < segment.size; j += hn::Lanes(D())) {
    const Terms k = terms(segment.teacher + j, segment.student + j, c, n);
    core.add(k);
    store(k, out, j);
  }
  SecondSums s = core.result();
  s.u_first = s.u_l2;
  s.v_first = s.v_l2;
  return s;
}

SecondSums second(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                  const SecondParts& parts, const FirstTau& first_tau) {
  const bool core = !(parts.norms || parts.mixture || parts.logs || parts.outside);
  switch (parts.first) {
    case AtFirstTau::keep:
      return core ? keep(segment, shifts, norm, first_tau)
                  : second_of<AtFirstTau::keep>(segment, shifts, norm, first_tau);
    case AtFirstTau::compare:
      return second_of<AtFirstTau::compare>(segment, shifts, norm, first_tau);
    case AtFirstTau::beside:
    case AtFirstTau::ignore:
      break;
  }
  return core ? second_core(segment, shifts, norm)
              : second_of<AtFirstTau::ignore>(segment, shifts, norm, first_tau);
}

void write(const Segment& segment, const Shifts& shifts, const Normalisation& norm, double factor,
           const VectorArrays& out) {
  const D d;
  const Constants c(shifts);
  const Norms n(norm);
  const V f = hn::Set(d, factor);
  for (std::size_t j = 0; j < segment.size; j += hn::Lanes(d)) {
    const Terms k = terms(segment.teacher + j, segment.student + j, c, n);
    hn::StoreU(k.p, d, out.p + j);
    hn::StoreU(k.q, d, out.q + j);
    hn::StoreU(hn::Mul(f, k.u), d, out.u + j);
    hn::StoreU(hn::Mul(f, k.v), d, out.v + j);
  }
}

const char* name() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope::exact
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope::exact {

HWY_EXPORT(first);
HWY_EXPORT(second);
HWY_EXPORT(write);
HWY_EXPORT(name);

FirstSums first_pass(const Segment& segment, const Shifts& shifts) {
  return HWY_DYNAMIC_DISPATCH(first)(segment, shifts);
}

SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const SecondParts& parts, const FirstTau& first_tau) {
  return HWY_DYNAMIC_DISPATCH(second)(segment, shifts, norm, parts, first_tau);
}

void write_vectors(const Segment& segment, const Shifts& shifts, const Normalisation& norm, double factor,
                   const VectorArrays& out) {
  HWY_DYNAMIC_DISPATCH(write)(segment, shifts, norm, factor, out);
}

Normalisation normalise(const FirstSums& sums) {
  const double d = sums.difference;
  return {1 / sums.z_t, 1 / sums.z_s, d > 0 ? std::log1p(d / sums.z_s) : -std::log1p(-d / sums.z_t),
          sums.s_delta / sums.z_s, 0x1p64};
}

std::string active_target() {
  return HWY_DYNAMIC_DISPATCH(name)();
}

FirstSums& FirstSums::operator+=(const FirstSums& o) {
  z_t += o.z_t, z_s += o.z_s, difference += o.difference;
  t_a += o.t_a, s_b += o.s_b, t_b += o.t_b, s_delta += o.s_delta;
  outside_t += o.outside_t, outside_s += o.outside_s;
  difference_l1 += o.difference_l1, delta_l1 += o.delta_l1;
  return *this;
}

SecondSums& SecondSums::operator+=(const SecondSums& o) {
  fkl += o.fkl, rkl += o.rkl, jsd += o.jsd;
  u_l1 += o.u_l1, u_l2 += o.u_l2, v_l1 += o.v_l1, v_l2 += o.v_l2;
  u_max = std::max(u_max, o.u_max), v_max = std::max(v_max, o.v_max);
  uv += o.uv, u_log += o.u_log, v_log += o.v_log, u_first += o.u_first, v_first += o.v_first;
  p_l2 += o.p_l2, q_l2 += o.q_l2;
  outside += o.outside;
  return *this;
}

OutsideSums& OutsideSums::operator+=(const OutsideSums& o) {
  fkl += o.fkl, rkl += o.rkl;
  u_l1 += o.u_l1, u_l2 += o.u_l2, v_l1 += o.v_l1, v_l2 += o.v_l2;
  return *this;
}

}  // namespace tauscope::exact
#endif  // HWY_ONCE
