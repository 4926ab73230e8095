// What a corpus' distribution plots need beyond per-position scalars: histograms and head curves.
#pragma once

#include <array>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope {

/// Logarithmic bins with a factor of 2 each: bin 0 holds values below 2^-octaves (and zeros), bin i >= 1 holds
/// [2^(i-1-octaves), 2^(i-octaves)); the last bin also takes everything above. Edges are exact powers of two, so a value's bin
/// is its exponent. Octave bins reach from 2^-64 to 2^16.
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
  std::int64_t rows = 0;  ///< rows that count: those whose gradients' norms are at least 1e-30
  HeadCurve& operator+=(const HeadCurve& other);
};

/// ranks 1, 2, 5, 10, … below `vocab`, then `vocab` itself.
std::vector<std::int64_t> head_curve_ranks(std::int64_t vocab);

/// Adds all rows of `input` to `sums` and `curves`, one of each per tau of `spec` (curves may be empty: not wanted).
/// Rows with a NaN or infinite logit are left out. Deterministic: fixed order of summation for a given thread count.
KernelReport accumulate_distributions(const StatisticsInput& input, const StatisticsSpec& spec,
                                      std::span<DistributionSums> sums, std::span<HeadCurve> curves,
                                      const KernelOptions& options = {});

}  // namespace tauscope
