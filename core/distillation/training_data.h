// A data file as a run trains on it: every example's ids, in memory and in the file's order. No torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/data/sequence.h"
#include "core/runs/run_spec.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

struct TrainingExample {
  std::int64_t index = 0;  ///< number in the file
  std::vector<std::int32_t> ids;
  std::int64_t first_scored = 0;  ///< ids from here on are predicted

  std::int64_t scored() const { return static_cast<std::int64_t>(ids.size()) - first_scored; }
};

struct TrainingData {
  std::filesystem::path file;
  std::vector<TrainingExample> examples;
  std::vector<std::int64_t> too_long;  ///< numbers of those left out: their responses do not fit
  std::int64_t prompts_cut = 0;        ///< examples whose prompt lost tokens on its left
  std::string file_sha256;
  std::string ids_sha256;  ///< of numbers, ids and first scored places
};

/// What tokenizer and models allow.
struct TrainingLimits {
  std::int64_t context = 0;   ///< the shorter of teacher's and student's
  std::int64_t vocab = 0;     ///< ids must be below
  std::int64_t examples = 0;  ///< 0 = all
};

/// Throws Error::bad_input as DataFile and make_sequence do, for ids beyond the vocabulary, and where no
/// example fits. Says on `progress` what was left out or cut.
TrainingData read_training_data(const std::filesystem::path& file, const RunSpec::Data& settings,
                                const TrainingLimits& limits, const Tokenizer& tokenizer,
                                ProgressSink& progress);

}  // namespace tauscope
