// The part of an engine that needs no model: statistics and details of logits that are in this process'
// memory.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "app/session/engine.h"
#include "core/diagnostics/scored_chunk.h"
#include "kernels/logits_view.h"

namespace tauscope {

/// A scored example whose logits can be read where they are.
struct HostExample final : ScoredExample {
  LogitsView teacher;                ///< (rows, vocab)
  std::vector<LogitsView> students;  ///< one per student, (rows, vocab)
  std::optional<DeviceLogits>
      on_device;  ///< the same on a GPU, where models left them: its kernels read these
  std::function<std::string(std::int64_t)> token;  ///< bytes of a token; empty = ids are shown
  std::shared_ptr<const void> keep_alive;          ///< owns what the views point to
};

/// Engines derive from it and add where examples come from.
class KernelEngine : public Engine {
 public:
  bool statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                  const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out,
                  std::stop_token stop) override;
  double objective(const ScoredExample& example, std::size_t student, std::size_t row,
                   const ObjectiveSpec& spec, std::span<float> gradient) override;
  PositionDetail detail(const ScoredExample& example, std::size_t student, std::size_t row,
                        const StatisticsSpec& spec, std::size_t top) override;

  // Without a model nothing is evaluated or trained: these throw.
  void evaluate(const EvaluationSpec& spec, const std::filesystem::path& folder,
                const std::function<void()>& scored, ProgressSink& progress, std::stop_token stop) override;
  std::shared_ptr<const EvaluationResult> read_evaluation(const std::filesystem::path& folder,
                                                          const std::string& baseline,
                                                          std::stop_token stop) override;
  void start_run(const std::filesystem::path& spec, const std::vector<std::string>& settings,
                 const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) override;
  void resume_run(const std::filesystem::path& folder, ProgressSink& progress, std::stop_token stop) override;

 private:
  struct Prepared;
  std::shared_ptr<Prepared> prepared_for(const HostExample& example, std::size_t student,
                                         const StatisticsSpec& spec);

  std::mutex prepared_mutex_;
  std::list<std::shared_ptr<Prepared>>
      prepared_;  ///< the latest few: what τ does not change about their rows
};

}  // namespace tauscope
