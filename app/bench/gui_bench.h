// `tauscope bench gui`: frame times of the whole window, drawn without a display, on made-up logits.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "core/base/json.h"
#include "core/base/progress.h"

namespace tauscope {

struct GuiBenchOptions {
  std::int64_t rows = 512, vocab = 50257;
  int students = 1;
  int width = 1440, height = 900;
  double scale = 1;
  int frames = 300;                       ///< of each phase
  int changes = 20;                       ///< of the temperature, each waited for
  std::int64_t long_series = 20'000'000;  ///< points
  std::uint64_t seed = 1;
  std::stop_token stop;
};

/// Runs and returns
///   {"format": "tauscope-bench-gui", "version": 1, "context": {cpu, renderer, width, …},
///    "frames": [{"name", "count", "p50_ms", "p90_ms", "p99_ms", "max_ms"}],
///    "times": [{"name", "unit": "ms" | "frames", "p50", "p90", "max", "target", "met"}], "stopped": bool}.
/// A frame is everything from taking results over to the last pixel. While τ is dragged frames come 60 times
/// a second, as on a screen. Throws Error::failed where nothing can draw without a display.
Json run_gui_bench(const GuiBenchOptions& options, ProgressSink& progress);

/// The same as a table for people.
std::string gui_bench_text(const Json& report);

}  // namespace tauscope
