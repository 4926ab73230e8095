// Distillation runs as they are watched: their folders, read while somebody works in them. No torch: a run is
// what its files say.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/runs/event_log.h"
#include "core/runs/run_record.h"

namespace tauscope {

/// One quantity over the steps of a run; steps rise.
struct RunCurve {
  std::vector<double> step, value;
};

/// A run as far as it was when it was read. Immutable.
struct RunView {
  RunRecord record;
  /// "step.loss", "validation.loss", "evaluation.rouge-l" (its mean), "probe.fkl@2" (at τ = 2): every number
  /// of the events.
  std::map<std::string, RunCurve> curves;
  std::vector<std::string> warnings;

  /// Null where there is none.
  const RunCurve* curve(const std::string& name) const;
  /// NaN where there is none.
  double last(const std::string& name) const;
};

/// Settings that are not the same in all runs, as text: key, then a value for each run.
struct DifferingSetting {
  std::string key;
  std::vector<std::string> values;
};

/// All runs that are open. Immutable.
struct RunSet {
  std::uint64_t id = 0;  ///< unique in the process; another one whenever anything changed
  std::vector<std::shared_ptr<const RunView>> runs;
  std::vector<std::string> names;  ///< one per run: the spec's, made unique
  std::vector<DifferingSetting> differing;
  std::vector<std::string> problems;  ///< folders that could not be read, and why
};

/// Reads run folders again and again; what did not change is not read twice. For one thread.
class RunWatcher {
 public:
  explicit RunWatcher(std::vector<std::filesystem::path> folders);
  /// What there is now; null if nothing changed since the last call.
  std::shared_ptr<const RunSet> poll();

 private:
  struct Watched {
    std::filesystem::path folder;
    EventTail tail;
    std::map<std::string, RunCurve> curves;
    std::vector<std::string> warnings;
    std::string status;  ///< the bytes that were read last
    std::shared_ptr<const RunView> view;
    std::string problem;
  };
  static bool refresh(Watched& run);
  std::vector<Watched> runs_;
  bool polled_ = false;
};

/// Exponential moving average: s_i = w s_(i-1) + (1 - w) x_i, with the bias of its start taken out (Kingma
/// and Ba 2015, section 3); 0 <= w < 1, 0: as it is. NaN is passed over.
std::vector<double> smoothed(const std::vector<double>& values, double weight);

}  // namespace tauscope
