#include "app/cli/statistics_options.h"

namespace tauscope {

void StatisticsCliOptions::add_to(CLI::App& app, bool with_interval) {
  const std::string group = "Statistics";
  app.add_option("--resamples", resamples_, "of the bootstrap")
      ->check(CLI::Range(100, 10'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--confidence", confidence_, "level of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str()
      ->group(group);
  if (with_interval)
    app.add_option("--interval", interval_,
                   "of the bootstrap: percentile, or bca (corrected for bias and skew)")
        ->check(CLI::IsMember({"percentile", "bca"}))
        ->capture_default_str()
        ->group(group);
  app.add_option("--seed", seed_, "of the bootstrap's random numbers")->capture_default_str()->group(group);
  app.add_option("--threads", threads_, "0 = all cores")->check(CLI::Range(0, 1024))->group("Machine");
}

BootstrapOptions StatisticsCliOptions::parsed(const std::stop_token& stop) const {
  BootstrapOptions options;
  options.resamples = resamples_;
  options.level = confidence_;
  options.kind = interval_ == "bca" ? IntervalKind::bca : IntervalKind::percentile;
  options.seed = seed_;
  options.threads = threads_;
  options.stop = stop;
  return options;
}

}  // namespace tauscope
