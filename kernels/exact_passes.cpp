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
  for (std::size_t j = 0; j < segment.size; j += hn::Lanes(d)) {
    const Exponents e = exponents(segment.teacher + j, segment.student + j, c);
    const V x = hn::Mul(e.delta, c.inverse_tau);
    // e_T - e_S = e_S (e^x - 1)
    const V near = hn::Mul(e.e_s, hn::MulAdd(hn::Mul(x, x), series<near_terms>(x), x));
    const V far = hn::Sub(e.e_t, e.e_s);
    difference = hn::Add(difference, hn::IfThenElse(hn::Lt(hn::Abs(x), half), near, far));
    z_t = hn::Add(z_t, e.e_t);
    z_s = hn::Add(z_s, e.e_s);
    t_a = hn::MulAdd(e.e_t, e.a, t_a);
    s_b = hn::MulAdd(e.e_s, e.b, s_b);
    t_b = hn::MulAdd(e.e_t, e.b, t_b);
    s_delta = hn::MulAdd(e.e_s, hn::Sub(e.delta, c.centre), s_delta);
  }
  return {total(z_t), total(z_s), total(difference), total(t_a), total(s_b), total(t_b), total(s_delta)};
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

HWY_INLINE void store(const Terms& k, float* u, float* v) {
  const Dh dh;
  hn::StoreU(hn::DemoteTo(dh, k.u), dh, u);
  hn::StoreU(hn::DemoteTo(dh, k.v), dh, v);
}

/// kFirst: this is tau = 1; the gradients are stored rather than multiplied with the stored ones.
template <bool kFirst>
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
  for (std::size_t j = 0; j < segment.size; j += 2 * lanes) {
    const std::size_t i = j + lanes;
    const Terms low = terms(segment.teacher + j, segment.student + j, c, n);
    const Terms high = terms(segment.teacher + i, segment.student + i, c, n);
    core.add(low);
    core.add(high);
    full.jsd = hn::Add(full.jsd, scaled_mixture(low, high));
    const V u_low = hn::Abs(low.u), u_high = hn::Abs(high.u), v_low = hn::Abs(low.v),
            v_high = hn::Abs(high.v);
    full.add(u_low, v_low);
    full.add(u_high, v_high);
    if constexpr (kFirst) {
      store(low, first_tau.u + j, first_tau.v + j);
      store(high, first_tau.u + i, first_tau.v + i);
    } else {
      full.add_products(low, first_tau.u + j, first_tau.v + j);
      full.add_products(high, first_tau.u + i, first_tau.v + i);
    }
    full.u_log = hn::Add(full.u_log, entropy_terms(u_low, u_high, u_scale, u_shift));
    full.v_log = hn::Add(full.v_log, entropy_terms(v_low, v_high, v_scale, v_shift));
  }
  SecondSums s = core.result();
  s.jsd = total(full.jsd) * 0x1p-64;
  s.u_l1 = total(full.u_l1);
  s.v_l1 = total(full.v_l1);
  s.u_max = most(full.u_max);
  s.v_max = most(full.v_max);
  s.u_log = total(full.u_log);
  s.v_log = total(full.v_log);
  s.u_first = kFirst ? s.u_l2 : total(full.u_first);
  s.v_first = kFirst ? s.v_l2 : total(full.v_first);
  return s;
}

SecondSums second(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                  const FirstTau& first_tau) {
  return second_of<false>(segment, shifts, norm, first_tau);
}

SecondSums second_first(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                        const FirstTau& first_tau) {
  return second_of<true>(segment, shifts, norm, first_tau);
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
    store(k, out.u + j, out.v + j);
  }
  return core.result();
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

SplitSizes split(const float* teacher, const float* student, std::size_t n, float cut_logit,
                 std::size_t cut_token, const SplitArrays& to) {
  const Df df;
  const std::size_t lanes = hn::Lanes(df);
  const Vf cut = hn::Set(df, cut_logit), lowest = hn::Set(df, masked_logit);
  SplitSizes sizes;
  const auto range = [&](std::size_t begin, std::size_t end, bool ties) HWY_ATTR {
    std::size_t j = begin;
    for (; j + lanes <= end; j += lanes) {
      const Vf raw = hn::LoadU(df, teacher + j);
      const Vf t = hn::Max(raw, lowest), s = hn::Max(hn::LoadU(df, student + j), lowest);
      const auto inside = ties ? hn::Ge(raw, cut) : hn::Gt(raw, cut);
      const auto outside = hn::Not(inside);
      const std::size_t count = hn::CountTrue(df, inside);
      // Whole vectors, the next one overwrites the surplus: a masked store is slow on some machines.
      hn::StoreU(hn::Compress(t, inside), df, to.inside_t + sizes.inside);
      hn::StoreU(hn::Compress(s, inside), df, to.inside_s + sizes.inside);
      hn::StoreU(hn::Compress(t, outside), df, to.outside_t + sizes.outside);
      hn::StoreU(hn::Compress(s, outside), df, to.outside_s + sizes.outside);
      sizes.inside += count;
      sizes.outside += lanes - count;
    }
    for (; j < end; ++j) {
      const bool inside = ties ? teacher[j] >= cut_logit : teacher[j] > cut_logit;
      std::size_t& size = inside ? sizes.inside : sizes.outside;
      (inside ? to.inside_t : to.outside_t)[size] = std::max(teacher[j], masked_logit);
      (inside ? to.inside_s : to.outside_s)[size++] = std::max(student[j], masked_logit);
    }
  };
  const std::size_t ties_end = std::min(n, cut_token);
  range(0, ties_end, true);
  range(ties_end, n, false);
  const auto pad = [](float* t, float* s, std::size_t& size) {
    for (; size % padding != 0; ++size)
      t[size] = s[size] = masked_logit;
  };
  pad(to.inside_t, to.inside_s, sizes.inside);
  pad(to.outside_t, to.outside_s, sizes.outside);
  return sizes;
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
HWY_EXPORT(second_first);
HWY_EXPORT(second_core);
HWY_EXPORT(keep);
HWY_EXPORT(write);
HWY_EXPORT(split);
HWY_EXPORT(name);

FirstSums first_pass(const Segment& segment, const Shifts& shifts) {
  return HWY_DYNAMIC_DISPATCH(first)(segment, shifts);
}

SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const FirstTau& first_tau) {
  return HWY_DYNAMIC_DISPATCH(second)(segment, shifts, norm, first_tau);
}

SecondSums second_pass_at_first_tau(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                                    const FirstTau& first_tau) {
  return HWY_DYNAMIC_DISPATCH(second_first)(segment, shifts, norm, first_tau);
}

SecondSums second_pass_core(const Segment& segment, const Shifts& shifts, const Normalisation& norm) {
  return HWY_DYNAMIC_DISPATCH(second_core)(segment, shifts, norm);
}

SecondSums keep_gradients(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                          const FirstTau& out) {
  return HWY_DYNAMIC_DISPATCH(keep)(segment, shifts, norm, out);
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

SplitSizes split_row(const float* teacher, const float* student, std::size_t n, float cut_logit,
                     std::size_t cut_token, const SplitArrays& to) {
  return HWY_DYNAMIC_DISPATCH(split)(teacher, student, n, cut_logit, cut_token, to);
}

std::string active_target() {
  return HWY_DYNAMIC_DISPATCH(name)();
}

FirstSums& FirstSums::operator+=(const FirstSums& o) {
  z_t += o.z_t, z_s += o.z_s, difference += o.difference;
  t_a += o.t_a, s_b += o.s_b, t_b += o.t_b, s_delta += o.s_delta;
  return *this;
}

SecondSums& SecondSums::operator+=(const SecondSums& o) {
  fkl += o.fkl, rkl += o.rkl, jsd += o.jsd;
  u_l1 += o.u_l1, u_l2 += o.u_l2, v_l1 += o.v_l1, v_l2 += o.v_l2;
  u_max = std::max(u_max, o.u_max), v_max = std::max(v_max, o.v_max);
  uv += o.uv, u_log += o.u_log, v_log += o.v_log, u_first += o.u_first, v_first += o.v_first;
  return *this;
}

}  // namespace tauscope::exact
#endif  // HWY_ONCE
