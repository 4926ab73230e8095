// What every kernel entry point checks before it reads a single logit.
#pragma once

#include "kernels/statistics.h"

namespace tauscope {

/// Throws std::invalid_argument unless both views are usable and have the same rows and vocabulary.
void validate_pair(const LogitsView& teacher, const LogitsView& student);

/// Throws std::invalid_argument unless tau is finite and in [0.01, 1000].
void validate_tau(double tau);

/// validate_pair, the targets (-1 or a token of the vocabulary), every tau, the dominant set's value,
/// overlap_k.
void validate_statistics(const StatisticsInput& input, const StatisticsSpec& spec);

/// The above, and that `out` has rows * taus entries.
void validate_statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                         std::span<RowStatistics> out);

/// The factor that a gradient carries: tau (squared) or 1 / tau (none).
constexpr double gradient_factor(TauScaling scaling, double tau) {
  return scaling == TauScaling::squared ? tau : 1.0 / tau;
}

}  // namespace tauscope
