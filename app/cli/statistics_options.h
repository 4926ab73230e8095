// The options of intervals and tests; shared by the commands that tell how sure a figure is.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <stop_token>
#include <string>

#include "eval/statistics/bootstrap.h"

namespace tauscope {

/// --resamples, --confidence, --seed, --threads, and --interval where there is one level of resampling.
class StatisticsCliOptions {
 public:
  void add_to(CLI::App& app, bool with_interval);
  BootstrapOptions parsed(const std::stop_token& stop) const;

 private:
  int resamples_ = 10000, threads_ = 0;
  double confidence_ = 0.95;
  std::uint64_t seed_ = 0;
  std::string interval_ = "percentile";
};

}  // namespace tauscope
