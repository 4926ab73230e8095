// The gradient of a row whose student is not close to its teacher: plain float sums and differences, half the
// work of gradient_rows.cpp. As in cpu-fast, the tokens that dominate are kept out of the sums and treated in
// double; their entries then bound the row's largest one from below, which is what the accuracy is measured
// by.
#include "kernels/gradient_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gradient_plain.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "kernels/cpu_fast-inl.h"

#ifndef TAUSCOPE_KERNELS_GRADIENT_PLAIN_TYPES
#define TAUSCOPE_KERNELS_GRADIENT_PLAIN_TYPES
namespace tauscope::gradient {

/// Sums over the rest, relative to its maxima; D = x_t - x_s.
struct PlainSums {
  double z_p = 0, z_q = 0, p_d = 0, q_d = 0, q_abs_d = 0;
};

/// What turns exponentials into the gradient over the rest: q e_q - p e_p, or q e_q (mean - D).
struct PlainScales {
  double p = 0, q = 0, mean = 0;
  std::array<float, 3> outliers{};  ///< their entries
};

}  // namespace tauscope::gradient
#endif

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace gradient {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace pieces = fast::HWY_NAMESPACE;
using pieces::Floats;
using pieces::FloatVector;

/// Both sides of a block less the rest's maxima, the outliers masked. Returns the number of vectors.
HWY_INLINE std::size_t load_rest(const Job& job, Block& block, std::size_t first, std::size_t count) {
  const fast::Row& row = job.row;
  pieces::shift_block(row.teacher.dtype, row.teacher.data, first, count, float(row.teacher.rest_maximum),
                      block.teacher);
  const std::size_t vectors = pieces::shift_block(row.student.dtype, row.student.data, first, count,
                                                  float(row.student.rest_maximum), block.student);
  for (const fast::OutlierToken& outlier : row.outlier_span()) {
    if (outlier.index - first >= count) continue;
    block.teacher[outlier.index - first] = block.student[outlier.index - first] = pieces::masked_logit;
  }
  return vectors;
}

/// Where the two arrays that the writing needs are kept: e_p and e_q, or D and e_q.
struct Kept {
  float *first, *second;
  HWY_INLINE Kept(const Job& job, std::size_t token) : first(nullptr), second(nullptr) {
    if (job.kept == nullptr) return;
    const std::size_t blocks = (job.row.vocab + fast::block_size - 1) / fast::block_size;
    first = job.kept + token;
    second = first + blocks * fast::block_size;
  }
};

/// `kKeep`: the exponentials stay in the second-level cache, which is cheaper than to form them again.
template <bool kForward, bool kLoss, bool kKeep>
PlainSums sum_plain(const Job& job, Block& block) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const pieces::ScaledExp exp(fast::split_rate(job.tau));
  PlainSums sums;
  for (std::size_t first = 0; first < job.row.vocab; first += fast::block_size) {
    const std::size_t vectors =
        load_rest(job, block, first, std::min(fast::block_size, job.row.vocab - first));
    const Kept kept(job, first);
    FloatVector z_p = hn::Zero(d), z_q = z_p, p_d = z_p, q_d = z_p, q_abs_d = z_p;
    for (std::size_t i = 0; i < vectors * lanes; i += lanes) {
      const FloatVector teacher = hn::Load(d, block.teacher + i), student = hn::Load(d, block.student + i);
      const FloatVector difference = hn::Sub(teacher, student), q = exp(student);
      z_q = hn::Add(z_q, q);
      if constexpr (kKeep) {
        hn::Store(q, d, kept.second + i);
        if constexpr (!kForward) hn::Store(difference, d, kept.first + i);
      }
      if constexpr (kForward || kLoss) {
        const FloatVector p = exp(teacher);
        if constexpr (kForward && kKeep) hn::Store(p, d, kept.first + i);
        z_p = hn::Add(z_p, p);
        if constexpr (kForward && kLoss) p_d = hn::MulAdd(p, difference, p_d);
      }
      if constexpr (!kForward) {
        q_d = hn::MulAdd(q, difference, q_d);
        q_abs_d = hn::MulAdd(q, hn::Abs(difference), q_abs_d);
      }
    }
    sums.z_p += pieces::total(z_p);
    sums.z_q += pieces::total(z_q);
    sums.p_d += pieces::total(p_d);
    sums.q_d += pieces::total(q_d);
    sums.q_abs_d += pieces::total(q_abs_d);
  }
  return sums;
}

/// Writes what is in block.teacher, the outliers' entries put in.
HWY_INLINE void write_block(const Job& job, const PlainScales& scales, Block& block, std::size_t first,
                            std::size_t count, float* out) {
  for (std::size_t k = 0; k < job.row.outlier_count; ++k) {
    const std::size_t at = job.row.outliers[k].index - first;
    if (at < count) block.teacher[at] = scales.outliers[k];
  }
  pieces::copy_out(block.teacher, out + first, count, job.streaming);
}

template <bool kForward, bool kKept>
void write_plain(const Job& job, const PlainScales& scales, Block& block, float* out) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const pieces::ScaledExp exp(fast::split_rate(job.tau));
  const FloatVector p_scale = hn::Set(d, float(scales.p)), q_scale = hn::Set(d, float(scales.q)),
                    mean = hn::Set(d, float(scales.mean));
  for (std::size_t first = 0; first < job.row.vocab; first += fast::block_size) {
    const std::size_t count = std::min(fast::block_size, job.row.vocab - first);
    const std::size_t vectors = kKept ? (count + lanes - 1) / lanes : load_rest(job, block, first, count);
    const Kept kept(job, first);
    for (std::size_t i = 0; i < vectors * lanes; i += lanes) {
      FloatVector e_q, e_p_or_difference;
      if constexpr (kKept) {
        e_p_or_difference = hn::Load(d, kept.first + i);
        e_q = hn::Load(d, kept.second + i);
      } else {
        const FloatVector teacher = hn::Load(d, block.teacher + i), student = hn::Load(d, block.student + i);
        e_p_or_difference = kForward ? exp(teacher) : hn::Sub(teacher, student);
        e_q = exp(student);
      }
      const FloatVector q = hn::Mul(e_q, q_scale);
      const FloatVector gradient = kForward ? hn::NegMulAdd(e_p_or_difference, p_scale, q)
                                            : hn::Mul(q, hn::Sub(mean, e_p_or_difference));
      hn::Store(gradient, d, block.teacher + i);
    }
    write_block(job, scales, block, first, count, out);
  }
}

template <bool kForward, bool kLoss>
PlainSums sum_plain(const Job& job, Block& block) {
  return job.kept ? sum_plain<kForward, kLoss, true>(job, block)
                  : sum_plain<kForward, kLoss, false>(job, block);
}

template <bool kForward>
void write_plain(const Job& job, const PlainScales& scales, Block& block, float* out) {
  if (job.kept) return write_plain<kForward, true>(job, scales, block, out);
  write_plain<kForward, false>(job, scales, block, out);
}

PlainSums plain_sums(const Job& job, Block& block) {
  if (job.direction == KlDirection::forward) {
    return job.wants_loss ? sum_plain<true, true>(job, block) : sum_plain<true, false>(job, block);
  }
  return job.wants_loss ? sum_plain<false, true>(job, block) : sum_plain<false, false>(job, block);
}

void plain_write(const Job& job, const PlainScales& scales, Block& block, float* out) {
  if (job.direction == KlDirection::forward) return write_plain<true>(job, scales, block, out);
  write_plain<false>(job, scales, block, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace gradient
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope::gradient {
HWY_EXPORT(plain_sums);
HWY_EXPORT(plain_write);

namespace {

/// Relative error of a float sum or exponential here, generously; eight times that without fused
/// multiply-adds.
constexpr double float_error = 4e-7;
constexpr double accuracy = 1e-5;

/// One side, relative to the row's maximum; `rest` and `top` are the probabilities of the rest and of its
/// largest token.
struct PlainSide {
  double gap, tail = 0, weight = 0, rest = 0, top = 0;
  PlainSide(const fast::RowSide& side) : gap(side.maximum - side.rest_maximum) {}
  void close(double sum, double outliers, double tau) {
    const double scale = std::exp(-gap / tau);
    tail = scale * sum + outliers;
    weight = scale / (1 + tail);
    rest = sum * weight;
    top = sum > 0 ? weight : 0;
  }
};

class PlainRow {
 public:
  PlainRow(const Job& job, const PlainSums& sums)
      : job_(job),
        sums_(sums),
        error_(float_error * (fast::target_is_fused() ? 1 : 8)),
        p_(job.row.teacher),
        q_(job.row.student) {
    double others_p = 0, others_q = 0;
    for (std::size_t k = 0; k < job.row.outlier_count; ++k) {
      const fast::OutlierToken& o = job.row.outliers[k];
      if (std::isinf(o.teacher)) continue;
      const double x_p = o.teacher - p_.gap, x_q = o.student - q_.gap;
      e_p_[k] = std::exp(x_p / job.tau);
      e_q_[k] = std::exp(x_q / job.tau);
      difference_[k] = x_p - x_q;
      if (o.index != job.row.teacher.argmax) others_p += e_p_[k];
      if (o.index != job.row.student.argmax) others_q += e_q_[k];
    }
    p_.close(sums.z_p, others_p, job.tau);
    q_.close(sums.z_q, others_q, job.tau);
  }

  /// False where the accuracy is in doubt.
  bool settle(PlainScales& scales, double& divergence) {
    shift_ = q_.gap - p_.gap;  // D relative to the rows' maxima, less D relative to the rest's
    const bool forward = job_.direction == KlDirection::forward;
    if (!(forward ? settle_forward(scales) : settle_reverse(scales))) return false;
    return !job_.wants_loss || settle_loss(forward, divergence);
  }

 private:
  bool settle_forward(PlainScales& scales) const {
    const double product = (1 + p_.tail) * (1 + q_.tail);
    double largest = 0,
           error = 2 * error_ * std::max(p_.top, q_.top);  // differences of floats, over the rest
    for (std::size_t k = 0; k < job_.row.outlier_count; ++k) {
      const double u = ((e_q_[k] - e_p_[k]) + (e_q_[k] * p_.tail - e_p_[k] * q_.tail)) / product;
      largest = std::max(largest, std::abs(u));
      scales.outliers[k] = float(job_.factor * u);
      // An outlier's entry owes its error to the normalisers.
      error =
          std::max(error, error_ * (e_p_[k] / (1 + p_.tail) * p_.rest + e_q_[k] / (1 + q_.tail) * q_.rest));
    }
    scales.p = job_.factor * p_.weight;
    scales.q = job_.factor * q_.weight;
    return error <= accuracy * largest;
  }

  bool settle_reverse(PlainScales& scales) {
    double outliers = 0;
    for (std::size_t k = 0; k < job_.row.outlier_count; ++k) {
      outliers += e_q_[k] / (1 + q_.tail) * (difference_[k] - base());
    }
    // E_q[D], less D of the student's largest token.
    mean_ = (sums_.q_d + (shift_ - base()) * sums_.z_q) * q_.weight + outliers;
    const double factor = job_.factor / job_.tau;
    double largest = 0;
    for (std::size_t k = 0; k < job_.row.outlier_count; ++k) {
      const double g = e_q_[k] / (1 + q_.tail) * (mean_ - (difference_[k] - base()));
      largest = std::max(largest, std::abs(g));
      scales.outliers[k] = float(factor * g);
    }
    scales.q = factor * q_.weight;
    scales.mean = mean_ + base() - shift_;
    // Rounding of D is that of the logits, tau where their weight is largest; that of the mean comes from the
    // rest alone.
    const double spread = sums_.q_abs_d * q_.weight + std::abs(shift_ - base()) * q_.rest;
    const double mean_error = error_ * (spread + q_.rest * std::abs(mean_));
    const double most = *std::max_element(e_q_.begin(), e_q_.end()) / (1 + q_.tail);
    const double entry_error =
        q_.top * error_ * (job_.tau + std::abs(scales.mean) + sums_.q_abs_d / std::max(sums_.z_q, 1.0));
    return entry_error + most * mean_error <= accuracy * largest;
  }

  bool settle_loss(bool forward, double& divergence) const {
    const double log_ratio = std::log1p(p_.tail) - std::log1p(q_.tail);
    if (forward) {
      double mean = (sums_.p_d + shift_ * sums_.z_p) * p_.weight;
      for (std::size_t k = 0; k < job_.row.outlier_count; ++k)
        mean += e_p_[k] / (1 + p_.tail) * difference_[k];
      divergence = mean / job_.tau - log_ratio;
    } else {
      divergence = log_ratio - (mean_ + base()) / job_.tau;
    }
    // Pinsker bounds E|D| / tau; the normalisers enter with the probability of the rest.
    const double spread = divergence + std::sqrt(2 * divergence) + std::abs(log_ratio);
    return error_ * (spread + p_.rest + q_.rest) <= accuracy * divergence;
  }

  /// D of the student's largest token, which is an outlier.
  double base() const {
    for (std::size_t k = 0; k < job_.row.outlier_count; ++k) {
      if (job_.row.outliers[k].index == job_.row.student.argmax) return difference_[k];
    }
    return 0;
  }

  const Job& job_;
  const PlainSums& sums_;
  const double error_;
  PlainSide p_, q_;
  double shift_ = 0, mean_ = 0;
  std::array<double, 3> e_p_{}, e_q_{}, difference_{};
};

}  // namespace

bool plain_row_gradient(const Job& job, Block& block, float* out, double& divergence) {
  PlainSums sums;
  if (!job.row.rest_empty) sums = HWY_DYNAMIC_DISPATCH(plain_sums)(job, block);
  PlainScales scales;
  if (!PlainRow(job, sums).settle(scales, divergence)) return false;
  HWY_DYNAMIC_DISPATCH(plain_write)(job, scales, block, out);
  return true;
}

}  // namespace tauscope::gradient
#endif  // HWY_ONCE
