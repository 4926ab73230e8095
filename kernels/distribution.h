// What a corpus' distribution plots need beyond per-position scalars: histograms and head curves; and the
// vectors of one row for a plot of that row.
#pragma once

#include <array>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope {

/// Logarithmic bins with a factor of 2 each: bin 0 holds values below 2^lowest_exponent (and zeros), bin i >=
/// 1 holds [2^(lowest_exponent + i - 1), 2^(lowest_exponent + i)); the last bin also takes everything above.
/// Edges are exact powers of two, so a value's bin is its exponent.
struct OctaveHistogram {
  static constexpr int lowest_exponent = -64, highest_exponent = 16;
  static constexpr int bins = highest_exponent - lowest_exponent + 1;
  std::array<std::int64_t, bins> count{};
  std::array<double, bins> mass{};  ///< sum of the values in the bin

  static double low(int bin);   ///< 0 for bin 0
  static double high(int bin);  ///< of the last bin: +inf
  void add(double value);       ///< value >= 0 and finite
  OctaveHistogram& operator+=(const OctaveHistogram& other);
};

/// One row x tau slice of a corpus: token probabilities of both sides and |gradient| of both divergences.
struct DistributionSums {
  OctaveHistogram teacher, student, fkl_gradient, rkl_gradient;
  DistributionSums& operator+=(const DistributionSums& other);
};

/// Cumulative shares against teacher rank at tau = 1, summed over rows: entry i is the share carried by the
/// ranks[i] most probable tokens. Divide by `rows` for means.
struct HeadCurve {
  std::vector<std::int64_t> ranks;  ///< 1, 2, 5, 10, 20, 50, … up to and including the vocabulary
  std::vector<double> teacher_mass, student_mass, fkl_gradient_l1, rkl_gradient_l1;
  std::int64_t rows = 0;  ///< rows that count: those whose gradients' L1 norms are at least 1e-30

  /// Adds curves over the same ranks; one side may still be empty. Throws std::invalid_argument on other
  /// ranks.
  HeadCurve& operator+=(const HeadCurve& other);
};

/// ranks 1, 2, 5, 10, … below `vocab`, then `vocab` itself.
std::vector<std::int64_t> head_curve_ranks(std::int64_t vocab);

/// Adds all rows of `input` to `sums` and `curves`, one of each per tau of `spec` (curves may be empty: not
/// wanted). Targets are ignored, and of `spec` all but taus and tau_scaling. Rows with a NaN or infinite
/// logit are left out. Deterministic, whatever the number of threads. Throws std::invalid_argument as
/// statistics() does, and where sums or curves have another number of entries than taus.
KernelReport accumulate_distributions(const StatisticsInput& input, const StatisticsSpec& spec,
                                      std::span<DistributionSums> sums, std::span<HeadCurve> curves,
                                      const KernelOptions& options = {});

/// One row's vectors at one tau, in the order of token ids: (vocab) each.
struct RowVectors {
  std::vector<double> teacher, student;            ///< p, q
  std::vector<double> fkl_gradient, rkl_gradient;  ///< signed, with the factor of the scaling
  std::vector<float> work;                         ///< scratch
};

/// Fills `out` (memory is used again) with row `row`. False, and empty vectors, for a row with a NaN or +inf,
/// or with nothing but -inf on one side. A token masked only in the teacher makes the RKL gradient NaN
/// throughout. Takes a few nanoseconds per token. Throws std::invalid_argument on shapes, rows or tau out of
/// range.
bool row_vectors(const LogitsView& teacher, const LogitsView& student, std::size_t row, double tau,
                 TauScaling tau_scaling, RowVectors& out);

}  // namespace tauscope
