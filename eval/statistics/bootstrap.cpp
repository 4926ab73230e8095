#include "eval/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/base/counter_random.h"
#include "eval/statistics/distributions.h"
#include "eval/statistics/sample.h"
#include "kernels/threads.h"

namespace tauscope {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t resamples_at_a_time = 64;

/// Draws of one resample in order, four to a block.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t resample) : random_(seed, resample) {}
  std::uint32_t below(std::uint32_t n) {
    if (used_ == 4) {
      four_ = random_.block(block_++);
      used_ = 0;
    }
    return tauscope::below(four_[used_++], n);
  }

 private:
  CounterRandom random_;
  std::array<std::uint32_t, 4> four_{};
  std::size_t used_ = 4;
  std::uint64_t block_ = 0;
};

void check_shape(const SeedValues& values) {
  if (values.empty()) throw std::invalid_argument("no series of values");
  for (const auto& series : values)
    if (series.size() != values.front().size() || series.size() > 0xFFFFFFFFU)
      throw std::invalid_argument("series of different lengths");
}

/// Which prompts and seeds one resample takes.
struct Resample {
  std::vector<std::uint32_t> prompts;
  std::vector<std::uint32_t> seeds;

  void draw(std::uint64_t seed, std::uint64_t number, std::uint32_t prompt_count, std::uint32_t seed_count) {
    Draws draws(seed, number);
    prompts.resize(prompt_count);
    for (std::uint32_t& prompt : prompts)
      prompt = draws.below(prompt_count);
    seeds.resize(seed_count);
    for (std::uint32_t& chosen : seeds)
      chosen = seed_count == 1 ? 0 : draws.below(seed_count);
  }
  void redraw_seeds(std::uint64_t seed, std::uint64_t number, std::uint32_t seed_count) {
    Draws draws(~seed, number);
    seeds.resize(seed_count);
    for (std::uint32_t& chosen : seeds)
      chosen = seed_count == 1 ? 0 : draws.below(seed_count);
  }
  double mean_of(const SeedValues& values) const {
    double sum = 0;
    for (const std::uint32_t chosen : seeds)
      for (const std::uint32_t prompt : prompts)
        sum += values[chosen][prompt];
    return sum / static_cast<double>(prompts.size() * seeds.size());
  }
};

std::uint32_t count(std::size_t n) {
  return static_cast<std::uint32_t>(n);
}

/// Calls value(resample number, scratch) for each resample, in parallel.
template <typename Value>
std::vector<double> resampled(const BootstrapOptions& options, const Value& value) {
  const auto all = static_cast<std::size_t>(options.resamples);
  std::vector<double> out(all);
  const std::size_t parts = (all + resamples_at_a_time - 1) / resamples_at_a_time;
  const bool finished =
      parallel_for(parts, resolve_threads(options.threads, parts), options.stop, [&](std::size_t part, int) {
        Resample scratch;
        for (std::size_t b = part * resamples_at_a_time; b < std::min(all, (part + 1) * resamples_at_a_time);
             ++b)
          out[b] = value(b, scratch);
      });
  if (!finished) out.clear();
  return out;
}

/// BCa's places (Efron 1987) where the percentile interval has `tail` and its complement: corrected for the
/// bias of the resampled means and, by the jackknife's skew, for a spread that moves with the mean.
Interval bca_places(std::span<const double> values, std::span<const double> means, double tail) {
  const double centre = mean(values);
  double below = 0, squares = 0, cubes = 0;
  for (const double m : means)
    below += m < centre ? 1 : m == centre ? 0.5 : 0;
  for (const double value : values) {
    const double d = value - centre;
    squares += d * d;
    cubes += d * d * d;
  }
  const double bias = normal_quantile(below / static_cast<double>(means.size()));
  const double acceleration = squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
  const auto place = [&](double q) {
    const double z = bias + normal_quantile(q);
    return normal_cdf(bias + z / (1 - acceleration * z));
  };
  return {place(tail), place(1 - tail)};
}

Interval quantile_interval(std::vector<double> means, Interval places) {
  if (means.empty()) return {not_a_number, not_a_number};
  std::sort(means.begin(), means.end());
  return {sorted_quantile(means, places.low), sorted_quantile(means, places.high)};
}

/// Over training seeds.
std::vector<double> averaged(const SeedValues& values) {
  std::vector<double> out(values.front().size()), one(values.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t s = 0; s < values.size(); ++s)
      one[s] = values[s][i];
    out[i] = mean(one);
  }
  return out;
}

void add_prompt_figures(const SeedValues& ours, const SeedValues& baseline, PairedComparison& result) {
  const std::vector<double> a = averaged(ours), b = averaged(baseline);
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    differences[i] = a[i] - b[i];
    (a[i] > b[i] ? result.wins : a[i] < b[i] ? result.losses : result.ties) += 1;
  }
  const auto n = static_cast<double>(a.size());
  const double deviation = standard_deviation(differences);
  result.prompts = static_cast<std::int64_t>(a.size());
  result.delta = mean(differences);
  result.effect_size = result.delta / deviation;
  result.p_ttest = student_t_two_sided(result.effect_size * std::sqrt(n), n - 1);
}

}  // namespace

std::vector<double> bootstrap_means(const SeedValues& values, const BootstrapOptions& options) {
  check_shape(values);
  if (values.front().empty()) return {};
  const std::uint32_t prompts = count(values.front().size()), seeds = count(values.size());
  return resampled(options, [&](std::size_t b, Resample& resample) {
    resample.draw(options.seed, b, prompts, seeds);
    return resample.mean_of(values);
  });
}

Interval bootstrap_interval(const SeedValues& values, const BootstrapOptions& options) {
  std::vector<double> means = bootstrap_means(values, options);
  if (means.empty()) return {not_a_number, not_a_number};
  const double tail = (1 - options.level) / 2;
  Interval places{tail, 1 - tail};
  if (options.kind == IntervalKind::bca) {
    if (values.size() > 1) throw std::invalid_argument("a BCa interval needs one level of resampling");
    places = bca_places(values.front(), means, tail);
  }
  return quantile_interval(std::move(means), places);
}

PairedComparison compare_paired(const SeedValues& ours, const SeedValues& baseline, bool seeds_are_paired,
                                const BootstrapOptions& options) {
  check_shape(ours);
  check_shape(baseline);
  const std::uint32_t prompts = count(ours.front().size());
  if (prompts == 0 || baseline.front().size() != prompts)
    throw std::invalid_argument("two sides of different prompts");
  if (seeds_are_paired && ours.size() != baseline.size())
    throw std::invalid_argument("paired seeds of different number");
  PairedComparison result;
  add_prompt_figures(ours, baseline, result);
  std::vector<double> deltas = resampled(options, [&](std::size_t b, Resample& resample) {
    resample.draw(options.seed, b, prompts, count(ours.size()));
    const double mine = resample.mean_of(ours);
    if (!seeds_are_paired) resample.redraw_seeds(options.seed, b, count(baseline.size()));
    return mine - resample.mean_of(baseline);
  });
  if (deltas.empty()) {
    result.interval = {not_a_number, not_a_number};
    result.p = not_a_number;
    return result;
  }
  const auto at_most = std::count_if(deltas.begin(), deltas.end(), [](double d) { return d <= 0; });
  const auto at_least = std::count_if(deltas.begin(), deltas.end(), [](double d) { return d >= 0; });
  const double fewer = static_cast<double>(1 + std::min(at_most, at_least));
  result.p = std::min(1.0, 2 * fewer / static_cast<double>(deltas.size() + 1));
  const double tail = (1 - options.level) / 2;
  result.interval = quantile_interval(std::move(deltas), {tail, 1 - tail});
  return result;
}

}  // namespace tauscope
