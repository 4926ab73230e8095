// What the workbench's engine keeps for an open workspace: something that examples come from.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "app/session/engine.h"
#include "core/model/causal_lm.h"

namespace tauscope {

/// For models and long jobs: all cores but the one that the window keeps. Where threads of one forward pass
/// wait for each other on cores that something else draws on, they spin and everything crawls.
int worker_threads();

/// Bounds of memory, and how the models run.
struct WorkbenchOptions {
  ModelOptions model{.threads = worker_threads()};
  std::uint64_t max_example_bytes = std::uint64_t{4} << 30;  ///< logits of one example, all models
  std::uint64_t max_list_bytes = std::uint64_t{64} << 20;  ///< texts of the data held; the rest is read again
  std::uint64_t max_summary_bytes = std::uint64_t{512} << 20;  ///< means per example of an analysis
  std::size_t max_listed = 200000;                             ///< examples in the list
};

class ExampleSource : public EngineData {
 public:
  /// Null if stopped. Throws Error. Safe to call from several threads.
  virtual std::shared_ptr<const ScoredExample> score(std::int64_t index, ProgressSink& progress,
                                                     std::stop_token stop) const = 0;
};

/// For workspaces, examples and summaries: unique in the process.
std::uint64_t next_id();

/// Throws Error::exhausted, saying what to do, where `bytes` are more than the limit.
void check_example_bytes(std::uint64_t bytes, const WorkbenchOptions& options, const std::string& file,
                         std::int64_t example);

}  // namespace tauscope
