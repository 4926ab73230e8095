// The engine behind the window: models, logits files and earlier analyses.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "app/engine/analyze_job.h"
#include "app/engine/example_list.h"
#include "app/engine/example_source.h"
#include "app/session/kernel_engine.h"
#include "core/engine/model_set.h"

namespace tauscope {

/// Calls may come from several threads at once: opening and scoring, kernels, and long jobs each have their
/// own.
class WorkbenchEngine final : public KernelEngine {
 public:
  explicit WorkbenchEngine(WorkbenchOptions options = {}) : options_(std::move(options)) {}

  /// Which of the three kinds of sources is meant: a run folder, else logits files, else checkpoints and
  /// data. Models and the list of examples whose files have not changed since the last opening are taken over
  /// from it. Students get names; the workspace's sources carry them. Null if stopped.
  std::shared_ptr<const Workspace> open(const Sources& sources, ProgressSink& progress,
                                        std::stop_token stop) override;
  std::shared_ptr<const ScoredExample> score(const Workspace& workspace, std::int64_t example,
                                             ProgressSink& progress, std::stop_token stop) override;
  bool statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                  const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out,
                  std::stop_token stop) override;
  PositionDetail detail(const ScoredExample& example, std::size_t student, std::size_t row,
                        const StatisticsSpec& spec, std::size_t top) override;

  /// The folder must not hold anything yet. With the sources of the latest workspace its models are used
  /// again.
  void analyze(const Sources& sources, const StatisticsSpec& spec, std::int64_t limit,
               const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) override;
  std::shared_ptr<const DataSummary> read_analysis(const std::filesystem::path& folder,
                                                   ProgressSink& progress, std::stop_token stop) override;

  void evaluate(const EvaluationSpec& spec, const std::filesystem::path& folder,
                const std::function<void()>& scored, ProgressSink& progress, std::stop_token stop) override;
  std::shared_ptr<const EvaluationResult> read_evaluation(const std::filesystem::path& folder,
                                                          const std::string& baseline,
                                                          std::stop_token stop) override;

  void start_run(const std::filesystem::path& spec, const std::vector<std::string>& settings,
                 const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) override;
  void resume_run(const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) override;

 private:
  bool open_checkpoints(Workspace& workspace, ProgressSink& progress, const std::stop_token& stop);
  void remember(const Workspace& workspace, std::shared_ptr<const ModelSet> models);

  WorkbenchOptions options_;
  std::mutex opening_;  // of the next two: one opening at a time
  ModelPool pool_;
  std::shared_ptr<const ExampleList> list_;
  std::mutex latest_;  // of the rest: what the latest workspace was
  Sources sources_;
  std::vector<std::string> students_;
  std::weak_ptr<const ModelSet> models_;
};

/// The request, and the command line in it, of an analysis of `sources` (checkpoints and data, or logits
/// files).
AnalyzeRequest analyze_request(const Sources& sources, const StatisticsSpec& spec, std::int64_t limit,
                               const std::filesystem::path& folder, const ModelOptions& model);

}  // namespace tauscope
