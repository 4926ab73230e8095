// The gradient of one row in vectors of float: one pass for the sums, one that writes.
//
// With D_j = (z_t - z_s)_j - (z_t - z_s)_base, w = D / tau and L = log(Z_p / E_p) - log(Z_q / E_q), E the
// base's exponentials: log q - log p = t = L - w. So q - p = p (e^t - 1), a series where t is small; L comes
// from the summed differences E_q e_p - E_p e_q, a series too where w is small. D is formed in double: for a
// student close to its teacher it is all that the result depends on.
#include "kernels/gradient_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gradient_rows.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "kernels/cpu_fast-inl.h"
#include "kernels/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace gradient {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace pieces = fast::HWY_NAMESPACE;
using pieces::copy_out;
using pieces::Floats;
using pieces::FloatVector;
using pieces::total;

constexpr float near = 0.5f;  // below this, series

/// (z_t - z_s) - base with the digits of double.
HWY_INLINE FloatVector differences(FloatVector teacher, FloatVector student, double base) {
  const hn::ScalableTag<double> dd;
  const auto offset = hn::Set(dd, base);
#if HWY_TARGET == HWY_SCALAR
  const hn::Rebind<float, decltype(dd)> dh;
  return hn::DemoteTo(dh, hn::Sub(hn::Sub(hn::PromoteTo(dd, teacher), hn::PromoteTo(dd, student)), offset));
#else
  const hn::Half<Floats> dh;
  const auto half = [&](auto t, auto s) HWY_ATTR {
    return hn::DemoteTo(dh, hn::Sub(hn::Sub(hn::PromoteTo(dd, t), hn::PromoteTo(dd, s)), offset));
  };
  const auto low = half(hn::LowerHalf(dh, teacher), hn::LowerHalf(dh, student));
  const auto high = half(hn::UpperHalf(dh, teacher), hn::UpperHalf(dh, student));
  return hn::Combine(Floats(), high, low);
#endif
}

/// (e^x - 1 - x) / x^2 for |x| <= 1/2: Taylor, 1e-8 of e^x - 1 - x.
HWY_INLINE FloatVector quadratic_part(FloatVector x) {
  const Floats d;
  FloatVector y = hn::Set(d, 1.0f / 40320);
  y = hn::MulAdd(y, x, hn::Set(d, 1.0f / 5040));
  y = hn::MulAdd(y, x, hn::Set(d, 1.0f / 720));
  y = hn::MulAdd(y, x, hn::Set(d, 1.0f / 120));
  y = hn::MulAdd(y, x, hn::Set(d, 1.0f / 24));
  y = hn::MulAdd(y, x, hn::Set(d, 1.0f / 6));
  return hn::MulAdd(y, x, hn::Set(d, 0.5f));
}

/// What both passes need of a job.
struct Constants {
  pieces::ScaledExp exp;
  FloatVector teacher_maximum, student_maximum, inverse_tau;
  double base;

  explicit Constants(const Job& job)
      : exp(fast::split_rate(job.tau)),
        teacher_maximum(hn::Set(Floats(), float(job.row.teacher.maximum))),
        student_maximum(hn::Set(Floats(), float(job.row.student.maximum))),
        inverse_tau(hn::Set(Floats(), float(1 / job.tau))),
        base(job.base_teacher - job.base_student) {}

  HWY_INLINE FloatVector exp_teacher(FloatVector z) const { return exp_less(z, teacher_maximum); }
  HWY_INLINE FloatVector exp_student(FloatVector z) const { return exp_less(z, student_maximum); }

 private:
  /// exp((z - maximum) / tau); what the subtraction rounds away counts where tau is small.
  HWY_INLINE FloatVector exp_less(FloatVector z, FloatVector maximum) const {
    const FloatVector x = hn::Sub(z, maximum), back = hn::Add(x, maximum);
    return exp(x, hn::Sub(z, back));
  }
};

struct Sums {
  double z_p = 0, z_q = 0;
  double ratio = 0;  ///< sum of E_q e_p - E_p e_q
  double q_d = 0;    ///< sum of e_q D
};

/// Loads [first, first + count) of both sides; returns the number of vectors.
HWY_INLINE std::size_t load_block(const Job& job, Block& block, std::size_t first, std::size_t count) {
  pieces::shift_block(job.row.teacher.dtype, job.row.teacher.data, first, count, 0, block.teacher);
  return pieces::shift_block(job.row.student.dtype, job.row.student.data, first, count, 0, block.student);
}

/// `kTeacher`: the teacher's sums too (the reverse gradient alone does without).
template <bool kTeacher>
Sums sum_row(const Job& job, const Constants& c, double base_p, double base_q, Block& block) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const FloatVector e_p = hn::Set(d, float(base_p)), e_q = hn::Set(d, float(base_q)),
                    limit = hn::Set(d, near);
  Sums sums;
  for (std::size_t first = 0; first < job.row.vocab; first += fast::block_size) {
    const std::size_t vectors =
        load_block(job, block, first, std::min(fast::block_size, job.row.vocab - first));
    FloatVector z_p = hn::Zero(d), z_q = z_p, ratio = z_p, q_d = z_p;
    for (std::size_t i = 0; i < vectors * lanes; i += lanes) {
      const FloatVector teacher = hn::Load(d, block.teacher + i), student = hn::Load(d, block.student + i);
      const FloatVector difference = differences(teacher, student, c.base);
      const FloatVector q = c.exp_student(student);
      z_q = hn::Add(z_q, q);
      if constexpr (kTeacher) {
        const FloatVector p = c.exp_teacher(teacher), w = hn::Mul(difference, c.inverse_tau);
        const FloatVector scaled = hn::Mul(e_p, q);
        const FloatVector close = hn::Mul(scaled, hn::MulAdd(hn::Mul(w, w), quadratic_part(w), w));
        const FloatVector far = hn::MulSub(e_q, p, scaled);
        z_p = hn::Add(z_p, p);
        ratio = hn::Add(ratio, hn::IfThenElse(hn::Lt(hn::Abs(w), limit), close, far));
      } else {
        q_d = hn::MulAdd(q, difference, q_d);
      }
    }
    sums.z_p += total(z_p);
    sums.z_q += total(z_q);
    sums.ratio += total(ratio);
    sums.q_d += total(q_d);
  }
  return sums;
}

/// Numbers of the writing pass.
struct Norms {
  FloatVector p_scale, q_scale, log_ratio, mean, factor;
};

struct Terms {
  FloatVector gradient, loss;
};

/// One vector of the gradient and of the divergence's terms, each term >= 0: FKL: u - p t, RKL: q t - u.
template <KlDirection kDirection, bool kLoss>
HWY_INLINE Terms terms(FloatVector teacher, FloatVector student, const Constants& c, const Norms& n) {
  const Floats d;
  const FloatVector difference = differences(teacher, student, c.base);
  const FloatVector q = hn::Mul(c.exp_student(student), n.q_scale);
  Terms result{hn::Zero(d), hn::Zero(d)};
  if constexpr (kDirection == KlDirection::reverse) {
    result.gradient = hn::Mul(hn::Mul(n.factor, q), hn::Sub(n.mean, difference));
  }
  if constexpr (kDirection == KlDirection::forward || kLoss) {
    const FloatVector p = hn::Mul(c.exp_teacher(teacher), n.p_scale);
    const FloatVector t = hn::NegMulAdd(difference, c.inverse_tau, n.log_ratio);
    const auto close = hn::Lt(hn::Abs(t), hn::Set(d, near));
    const FloatVector part = hn::Mul(hn::Mul(p, hn::Mul(t, t)), quadratic_part(t));
    const FloatVector far = hn::Sub(q, p);
    const FloatVector u = hn::IfThenElse(close, hn::MulAdd(p, t, part), far);
    if constexpr (kDirection == KlDirection::forward) {
      result.gradient = hn::Mul(n.factor, u);
      if constexpr (kLoss) result.loss = hn::IfThenElse(close, part, hn::NegMulAdd(p, t, far));
    } else {
      result.loss = hn::IfThenElse(close, hn::MulSub(t, u, part), hn::MulSub(q, t, far));
    }
  }
  return result;
}

/// Blocks begin at fixed tokens, whatever the address of `out`: the order of summation must not depend on it.
template <KlDirection kDirection, bool kLoss>
double write_row(const Job& job, const Constants& c, const Norms& n, Block& block, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  double loss = 0;
  for (std::size_t first = 0; first < job.row.vocab; first += fast::block_size) {
    const std::size_t count = std::min(fast::block_size, job.row.vocab - first);
    const std::size_t vectors = load_block(job, block, first, count);
    FloatVector block_loss = hn::Zero(d);
    for (std::size_t i = 0; i < vectors * lanes; i += lanes) {
      const Terms term =
          terms<kDirection, kLoss>(hn::Load(d, block.teacher + i), hn::Load(d, block.student + i), c, n);
      hn::Store(term.gradient, d, block.teacher + i);
      if constexpr (kLoss) block_loss = hn::Add(block_loss, term.loss);
    }
    copy_out(block.teacher, out + first, count, job.streaming);
    if constexpr (kLoss) loss += total(block_loss);
  }
  return loss;
}

double gradient_of_row(const Job& job, Block& block, float* out) {
  const Floats d;
  const Constants c(job);
  const bool forward = job.direction == KlDirection::forward;
  const double gap_p = (job.base_teacher - job.row.teacher.maximum) / job.tau;
  const double gap_q = (job.base_student - job.row.student.maximum) / job.tau;
  const double base_p = std::exp(gap_p), base_q = std::exp(gap_q);
  Sums sums;
  if (forward || job.wants_loss) sums = sum_row<true>(job, c, base_p, base_q, block);
  if (!forward) {
    const Sums student = sum_row<false>(job, c, base_p, base_q, block);
    sums.z_q = student.z_q;
    sums.q_d = student.q_d;
  }
  double log_ratio = 0;
  if (forward || job.wants_loss) {
    const double change = sums.ratio / (base_p * sums.z_q);
    // Far apart (or the base's share underflows): the difference of the logarithms has all the digits.
    const bool close = std::abs(change) < 0.5;
    log_ratio = close ? std::log1p(change) : std::log(sums.z_p / sums.z_q) - gap_p + gap_q;
  }
  const double factor = forward ? job.factor : job.factor / job.tau;
  const Norms n{hn::Set(d, forward || job.wants_loss ? float(1 / sums.z_p) : 0),
                hn::Set(d, float(1 / sums.z_q)), hn::Set(d, float(log_ratio)),
                hn::Set(d, float(sums.q_d / sums.z_q)), hn::Set(d, float(factor))};
  if (forward) {
    return job.wants_loss ? write_row<KlDirection::forward, true>(job, c, n, block, out)
                          : write_row<KlDirection::forward, false>(job, c, n, block, out);
  }
  return job.wants_loss ? write_row<KlDirection::reverse, true>(job, c, n, block, out)
                        : write_row<KlDirection::reverse, false>(job, c, n, block, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace gradient
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <hwy/cache_control.h>

namespace tauscope::gradient {
HWY_EXPORT(gradient_of_row);

double row_gradient(const Job& job, Block& block, float* out) {
  return HWY_DYNAMIC_DISPATCH(gradient_of_row)(job, block, out);
}

void finish_stores() {
  hwy::FlushStream();
}

}  // namespace tauscope::gradient
#endif  // HWY_ONCE
