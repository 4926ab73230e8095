// Per-position statistics of a teacher/student pair of logits over a set of temperatures: the project's main
// kernel.
//
// Definitions: Hinton et al. 2015 (temperature, tau^2), arXiv 2606.00306 (FKL/RKL gradients over tau), Zhao
// et al. 2022 (DKD: tckd, nckd). p = softmax(z_teacher / tau), q = softmax(z_student / tau); natural
// logarithms, so every divergence and entropy is in nats. Divergences are plain (no tau^2); gradients are
// with respect to the student's logits and carry tau (TauScaling::squared) or 1/tau (TauScaling::none).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/logits_view.h"

namespace tauscope {

enum class TauScaling : std::uint8_t { squared, none };

/// How the dominant set of a row is chosen: from the teacher at tau = 1, then held fixed over tau. Tokens are
/// taken in the order (logit descending, token id ascending), sums in double. A bound counts as reached
/// within a relative 1e-12, so that ties at the edge (a flat row: 9 of 10 tokens at mass 0.9) do not hang on
/// the last bit of a sum.
struct DominantSpec {
  enum class Kind : std::uint8_t {
    nucleus,    ///< smallest set with teacher mass >= value, value in (0, 1]; 1 = every token that is not
                ///< masked
    top_k,      ///< the `value` most probable tokens, value >= 1
    threshold,  ///< all tokens with p >= value, value in [0, 1]
  };
  Kind kind = Kind::nucleus;
  double value = 0.9;
  bool operator==(const DominantSpec&) const = default;
};

/// Which columns are wanted. The others stay NaN.
enum class StatisticsSet : std::uint8_t {
  one_pass,  ///< what one pass over the row gives: see StatisticsColumn::one_pass
  all,
};

/// A set of columns: bit i stands for statistics_columns()[i].
using ColumnSet = std::uint64_t;
inline constexpr ColumnSet every_column = ~ColumnSet{0};

struct StatisticsSpec {
  std::vector<double> taus;  ///< each finite and in [0.01, 1000]; any order, duplicates allowed
  TauScaling tau_scaling = TauScaling::squared;
  DominantSpec dominant;
  int overlap_k = 10;  ///< k of top_k_overlap; cut to the vocabulary
  StatisticsSet set = StatisticsSet::all;
  /// Of `set`, the columns that will be looked at: a variant may leave the others NaN and spare their work.
  /// What cpu-exact and reference give for a column does not depend on the others, to the last bit.
  ColumnSet columns = every_column;
  bool operator==(const StatisticsSpec&) const = default;
};

/// All scalars of one position at one tau. A value that does not exist (no target, a norm below 1e-30 under a
/// cosine, ratio, share or effective number) is NaN, and so is every value of a row that has a NaN or +inf
/// logit or nothing but -inf on one side; +inf is a value: fkl where a token is masked (-inf) in the student
/// only, rkl where one is masked in the teacher only, which makes the scalars of the RKL gradient NaN.
struct RowStatistics {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double fkl = none, rkl = none, jsd = none, tvd = none;  // KL(p||q), KL(q||p), JSD(1/2), total variation
  double entropy_teacher = none, entropy_student = none;
  double cross_entropy = none;  // -sum p log q
  double nll_target = none;     // -log q_y, at the row's tau
  double p_target = none, q_target = none;
  double rank_target_teacher = none, rank_target_student = none;  // from 1; ties by lower token id
  double top1_agree = none;                                       // 1 or 0
  double fkl_grad_l1 = none, fkl_grad_l2 = none, fkl_grad_linf = none;
  double rkl_grad_l1 = none, rkl_grad_l2 = none, rkl_grad_linf = none;
  double grad_cosine = none;                                    // cos(g_FKL, g_RKL)
  double grad_l2_ratio = none;                                  // |g_FKL| / |g_RKL|
  double fkl_grad_cos_tau1 = none, fkl_grad_ratio_tau1 = none;  // against the same gradient at tau = 1
  double rkl_grad_cos_tau1 = none, rkl_grad_ratio_tau1 = none;
  double teacher_nd_mass = none, student_nd_mass = none;  // probability outside the dominant set
  double fkl_nd_share_l1 = none,
         fkl_nd_share_l2 = none;  // share of the gradient outside it; l2: of the square
  double rkl_nd_share_l1 = none, rkl_nd_share_l2 = none;
  double fkl_target_share_l1 = none, rkl_target_share_l1 = none;    // |g_y| / |g|_1
  double tckd = none, nckd = none;                                  // FKL = tckd + (1 - p_y) nckd
  double fkl_effective_tokens = none, rkl_effective_tokens = none;  // exp of the entropy of |g| / |g|_1
  // Beyond the columns that every script may rely on:
  double top_k_overlap = none;  // |top-k of p and top-k of q| / k
  double fkl_nd_share = none,
         rkl_nd_share = none;  // share of the divergence's own sum outside the dominant set:
                               // sum over it of p log(p/q) - p + q (every term >= 0), and so on
  double fkl_target_share_l2 = none, rkl_target_share_l2 = none;  // g_y^2 / |g|^2
  double rkl_tckd = none, rkl_nckd = none;                        // RKL = rkl_tckd + (1 - q_y) rkl_nckd
};

struct StatisticsColumn {
  const char* name;  ///< as in tokens.csv
  double RowStatistics::*member;
  bool one_pass;      ///< filled by StatisticsSet::one_pass
  bool needs_target;  ///< NaN where the position has no target
};

/// Every column, in the order of tokens.csv.
std::span<const StatisticsColumn> statistics_columns();

/// Null for a name that is no column's.
const StatisticsColumn* find_statistics_column(std::string_view name);

/// The set of one column. Throws std::invalid_argument for a name that is no column's.
ColumnSet column_set(std::string_view name);

/// The columns of `spec`: those of its set and of its columns.
ColumnSet wanted_columns(const StatisticsSpec& spec);

/// Inputs of one call. `targets` is empty (no target anywhere) or has teacher.rows entries, -1 = no target.
struct StatisticsInput {
  LogitsView teacher;  // (rows, vocab)
  LogitsView student;  // (rows, vocab): same rows and vocab; the dtype may differ
  std::span<const std::int64_t> targets;
};

/// What one call did, so that a result can say how it came about.
struct KernelReport {
  std::string variant;               ///< name of the variant that ran
  std::string target;                ///< instruction set that ran ("AVX3", "AVX2", "scalar", …)
  std::int64_t rows_recomputed = 0;  ///< (row, tau) cells of a fast variant that `exact` had to redo
  bool stopped = false;              ///< the stop token was set; rows not reached are untouched
  std::int64_t cells_in_double = 0;  ///< (row, tau) cells of cpu-exact on which float lanes were not enough
};

struct PreparedRow;  // kernels/prepared_row.h

struct KernelOptions {
  int threads = 0;  ///< 0 = as many as the machine has
  std::stop_token stop;
  /// (rows), or null: what a call finds out about each row that does not depend on tau, for the next call on
  /// the same logits, targets, dominant set and overlap_k. Of one call at a time.
  PreparedRow* prepared = nullptr;
};

struct HeadCurve;  // kernels/distribution.h

/// One implementation. Variants differ in speed and rounding, never in meaning.
class KernelVariant {
 public:
  virtual ~KernelVariant() = default;
  virtual std::string name() const = 0;         ///< "reference", "cpu-exact", "cuda-fast", …
  virtual std::string device() const = 0;       ///< "cpu" or "cuda"
  virtual std::string mode() const = 0;         ///< "exact" or "fast"
  virtual std::string description() const = 0;  ///< one line
  virtual bool supported() const = 0;           ///< on this machine
  virtual std::string unsupported_reason() const { return {}; }  ///< empty where it is supported

  /// `out`: (rows, taus), row-major. Throws std::invalid_argument on shapes, temperatures or targets out of
  /// range.
  virtual KernelReport statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                                  std::span<RowStatistics> out, const KernelOptions& options = {}) const = 0;
};

/// All variants of this build, best first within a mode.
std::span<const KernelVariant* const> kernel_variants();

/// The variant called `name`; null where there is none. An empty name gives the default of `mode` ("exact" |
/// "fast").
const KernelVariant* find_kernel_variant(const std::string& name, const std::string& mode = "exact");

}  // namespace tauscope
