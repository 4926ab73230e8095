// Resampling prompts with replacement: how far a mean would move with other prompts of the same kind.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace tauscope {

enum class IntervalKind : std::uint8_t {
  percentile,  ///< quantiles of the resampled means
  bca,         ///< the same at places corrected for bias and skew (Efron 1987)
};

struct BootstrapOptions {
  int resamples = 10000;
  double level = 0.95;  ///< of intervals
  IntervalKind kind = IntervalKind::percentile;
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0 = as many as the machine has; figures do not depend on it
  std::stop_token stop;
};

struct Interval {
  double low = 0, high = 0;
};

/// Values of the same prompts, in the same order, under each training seed. Sampling seeds are averaged
/// before.
using SeedValues = std::vector<std::vector<double>>;

/// Means of `resamples` resamples. Resample b is a function of (options.seed, b) and the number of values, so
/// that equal seeds draw equal prompts for any two series of one length. With several training seeds there
/// are two levels: seeds are resampled, then prompts. Empty if it was stopped.
std::vector<double> bootstrap_means(const SeedValues& values, const BootstrapOptions& options);

/// Interval of the mean of one seed's values, or of several seeds' (percentile only; bca then throws
/// std::invalid_argument). NaN where there are no values or it was stopped.
Interval bootstrap_interval(const SeedValues& values, const BootstrapOptions& options);

/// Two sides over the same prompts: B - A of math.md's paired bootstrap.
struct PairedComparison {
  std::int64_t prompts = 0;
  double delta = 0;  ///< mean of `ours` - mean of `baseline`
  Interval interval;
  double p = 1;            ///< 2 min((1 + #{δ* <= 0}) / (B + 1), (1 + #{δ* >= 0}) / (B + 1)), at most 1
  double p_ttest = 1;      ///< paired t-test over prompts; NaN where no difference varies and all are 0
  double effect_size = 0;  ///< mean of the differences over their standard deviation (Cohen's d_z)
  std::int64_t wins = 0, ties = 0, losses = 0;  ///< prompts where `ours` is larger, equal, smaller
};

/// All series must be equally long and not empty (std::invalid_argument). Where both sides have the same
/// number of training seeds, the k-th belong together and are drawn together (`seeds_are_paired`); else each
/// side's are drawn for themselves. Test, effect size and wins are taken over prompts after averaging over
/// training seeds.
PairedComparison compare_paired(const SeedValues& ours, const SeedValues& baseline, bool seeds_are_paired,
                                const BootstrapOptions& options);

}  // namespace tauscope
