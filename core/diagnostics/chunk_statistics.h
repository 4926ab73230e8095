// Runs the kernels over one chunk and gathers what they find until an example is whole.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/distribution_tables.h"
#include "core/diagnostics/example_statistics.h"
#include "core/diagnostics/kernel_choice.h"
#include "core/diagnostics/scored_chunk.h"

namespace tauscope {

/// One unit of an analysis: all that is known about the rows seen since the last take().
struct MeasuredUnit {
  std::shared_ptr<const ExampleStatistics> statistics;
  CorpusDistributions distributions;
};

class ChunkStatistics {
 public:
  /// Throws Error::usage if the spec names a variant or a device that does not exist or does not run here.
  ChunkStatistics(const AnalysisSpec& spec, const ScoredSource& source);

  /// Adds the chunk's rows; false where `stop` came first: the rows seen since the last take() are then of no
  /// use.
  bool add(const ScoredChunk& chunk, std::stop_token stop);
  MeasuredUnit take();

  const KernelVariant& variant() const { return *kernel_.variant; }
  const std::string& target() const { return target_; }
  std::int64_t rows_recomputed() const { return rows_recomputed_; }

 private:
  /// Without a student: the teacher against itself.
  KernelReport run(const ScoredChunk& chunk, std::optional<std::size_t> student,
                   std::span<const std::int64_t> targets, const StatisticsSpec& spec,
                   std::span<RowStatistics> out) const;
  bool add_student(const ScoredChunk& chunk, std::size_t student);
  bool add_teacher_entropy(const ScoredChunk& chunk);
  void add_rows(const ScoredChunk& chunk);
  void add_dropped_mass(const ScoredChunk& chunk);
  void begin();

  AnalysisSpec spec_;
  StatisticsSpec kernel_spec_;
  const ScoredSource& source_;
  KernelChoice kernel_;
  KernelOptions options_;
  std::size_t students_;
  std::optional<std::size_t> tau1_;  // where the list holds 1
  std::shared_ptr<ExampleStatistics> statistics_;
  CorpusDistributions distributions_;
  std::string target_;
  std::int64_t rows_recomputed_ = 0;
};

}  // namespace tauscope
