// The two passes of the exact variant over a row, in vectors of double, compiled for several instruction
// sets.
//
// A row arrives as logits shifted by nothing: a = (zT - max_t) / tau and b = (zS - max_s) / tau are formed in
// double, where the differences are exact, so an offset between teacher and student costs no digits. Doubles
// rather than floats: no exponent range to guard at tau = 0.05, no flushing of lanes, and a few more bits
// than the bound needs, at about the cost of the float version with its guards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace tauscope::exact {

/// Stands for -inf in a row: far enough down for e^a = 0 at any tau, and finite, so that no NaN arises
/// from it.
inline constexpr float masked_logit = std::numeric_limits<float>::lowest();

/// Vectors are processed whole: rows are padded to a multiple of this with tokens masked on both sides.
inline constexpr std::size_t padding = 32;

/// A row: `size` tokens, (size) each. Token j is inside the dominant set where its teacher logit is above
/// `cut`, or equal to it and j < cut_end; with the default all are.
///
/// The passes in double want a closed row: `size` a multiple of `padding`, aligned, no infinity, and
/// `masked_logit` on both sides where a token does not count. Those in float also take a row where it lies,
/// all finite, and leave out what `left_out` names.
struct Segment {
  const float* teacher = nullptr;
  const float* student = nullptr;
  std::size_t size = 0;
  float cut = -std::numeric_limits<float>::infinity();
  std::size_t cut_end = 0;
  std::span<const std::size_t> left_out = {};
  /// (size, and one more `padding`), aligned: e^a and e^b, which the first pass in float leaves for the
  /// second.
  float *exp_teacher = nullptr, *exp_student = nullptr;
};

struct Shifts {
  double max_t = 0, max_s = 0;  ///< largest logit of the whole row, each side
  double centre = 0;  ///< Delta of the student's largest token: Delta - mu would cancel as its q tends to 1
  double inverse_tau = 1;
};

/// Sums over a row with e_T = e^a, e_S = e^b, Delta = (zT - max_t) - (zS - max_s).
struct FirstSums {
  double z_t = 0, z_s = 0;                 ///< e_T, e_S
  double difference = 0;                   ///< e_T - e_S, from expm1 where Delta/tau is small
  double t_a = 0, s_b = 0, t_b = 0;        ///< e_T a, e_S b, e_T b
  double s_delta = 0;                      ///< e_S Delta
  double outside_t = 0, outside_s = 0;     ///< e_T, e_S of what is outside the dominant set
  double difference_l1 = 0, delta_l1 = 0;  ///< |e_T - e_S|, |e_S Delta|; only the float passes need them

  FirstSums& operator+=(const FirstSums& other);
};

/// What the first pass settles for the second.
struct Normalisation {
  double p_scale = 0, q_scale = 0;  ///< 1 / sum of e_T, e_S
  double log_ratio = 0;     ///< L = lse_T - lse_S in the shifted frames, so log q - log p = L - Delta/tau
  double mean_delta = 0;    ///< mu = E_q[Delta], so log q - log p - RKL = (mu - Delta)/tau
  double v_scale = 0x1p64;  ///< brings |v| into the range of float, for its logarithm
};

/// Sums over what is outside the dominant set; names as in SecondSums.
struct OutsideSums {
  double fkl = 0, rkl = 0, u_l1 = 0, u_l2 = 0, v_l1 = 0, v_l2 = 0;

  OutsideSums& operator+=(const OutsideSums& other);
};

/// Sums over a row with u = q - p, v = q (log q - log p - RKL): the gradients without their factor.
struct SecondSums {
  double fkl = 0, rkl = 0, jsd = 0;                                     ///< terms that are each >= 0
  double u_l1 = 0, u_l2 = 0, u_max = 0, v_l1 = 0, v_l2 = 0, v_max = 0;  ///< l2: of squares
  double uv = 0, u_log = 0, v_log = 0;                                  ///< u_log: |u| log|u|
  double u_first = 0, v_first = 0;  ///< products with the same gradients at tau = 1
  double p_l2 = 0, q_l2 = 0;        ///< p^2, q^2; only the float passes need them
  OutsideSums outside;

  SecondSums& operator+=(const SecondSums& other);
};

/// What the second pass does with the gradients at tau = 1.
enum class AtFirstTau : std::uint8_t {
  ignore,
  keep,     ///< this is tau = 1: writes them
  compare,  ///< sums products with what was kept
  beside,   ///< the same, but forms them beside the others; float lanes only
};

/// The gradients at tau = 1, without factor: (size) each where they are kept, null for one that is not
/// wanted; else what they are formed from.
struct FirstTau {
  float* u = nullptr;
  float* v = nullptr;
  Shifts shifts = {};
  Normalisation norm = {};
};

/// What the first pass sums besides z, difference and s_delta. Passes in double sum everything.
struct FirstParts {
  bool entropies = false;  ///< t_a, s_b, t_b
  bool outside = false;    ///< what is outside the dominant set
  bool second = false;     ///< a second pass follows
};

/// What the second pass sums. Passes in double sum at least fkl, rkl, u_l2, v_l2 and uv.
struct SecondParts {
  bool forward = false;      ///< u_l1, u_l2, u_max
  bool reverse = false;      ///< v_l1, v_l2, v_max; with both: uv
  bool divergences = false;  ///< fkl, rkl
  bool norms = false;        ///< L1 norms and largest entries are wanted
  bool mixture = false;      ///< jsd
  bool logs = false;         ///< u_log, v_log
  bool outside = false;      ///< what is outside the dominant set
  AtFirstTau first = AtFirstTau::ignore;
};

FirstSums first_pass(const Segment& segment, const Shifts& shifts);

/// At least what `parts` says.
SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const SecondParts& parts, const FirstTau& first_tau);

/// Writes p, q and `factor` times the gradients, (size) each.
struct VectorArrays {
  double *p, *q, *u, *v;
};
void write_vectors(const Segment& segment, const Shifts& shifts, const Normalisation& norm, double factor,
                   const VectorArrays& out);

/// What the second pass needs, from the sums over the whole row.
Normalisation normalise(const FirstSums& sums);

/// Name of the instruction set that runs here ("AVX3", "AVX2", "SSE2", …).
std::string active_target();

}  // namespace tauscope::exact
