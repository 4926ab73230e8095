// Runs one analysis of synthetic logits in a folder of its own.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/diagnostics/analysis.h"
#include "tests/core/diagnostics/synthetic_source.h"
#include "tests/support/catch.h"

namespace tauscope::test {

/// Keeps what it hears.
class RecordedProgress final : public ProgressSink {
 public:
  struct Step {
    std::string phase;
    std::int64_t done, total;
  };
  void progress(std::string_view phase, std::int64_t done, std::int64_t total) override {
    steps.push_back({std::string(phase), done, total});
  }
  void warning(std::string_view message) override { warnings.emplace_back(message); }
  void note(std::string_view message) override { notes.emplace_back(message); }

  std::vector<Step> steps;
  std::vector<std::string> warnings, notes;
};

struct AnalysisRun {
  TemporaryFolder folder;
  RecordedProgress progress;
  AnalysisResult result;

  CsvTable tokens(const char* name = "tokens.csv") const { return CsvTable::read(folder / name); }
  std::string text(const char* name) const { return read_text(folder / name); }
};

inline AnalysisSpec small_spec() {
  AnalysisSpec spec;
  spec.taus = {0.5, 1, 3};
  spec.variant = "reference";
  spec.threads = 2;
  spec.dominant = {DominantSpec::Kind::top_k, 4};
  return spec;
}

inline std::unique_ptr<AnalysisRun> run(ScoredSource& source, const AnalysisSpec& spec,
                                        std::stop_token stop = {}) {
  auto run = std::make_unique<AnalysisRun>();
  run->result = run_analysis(source, spec, run->folder.path(), run->progress, std::move(stop));
  return run;
}

inline std::unique_ptr<AnalysisRun> run(const SyntheticShape& shape, const AnalysisSpec& spec) {
  SyntheticSource source(shape);
  return run(source, spec);
}

}  // namespace tauscope::test
