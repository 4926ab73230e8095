// An objective over logits files: `loss` [N] and `grad` [N, V] as a safetensors file.
#pragma once

#include <filesystem>
#include <stop_token>

#include "core/base/progress.h"
#include "core/checkpoint/logits_file.h"
#include "kernels/objective.h"

namespace tauscope {

struct ObjectiveFileRequest {
  ObjectiveSpec spec;
  std::filesystem::path teacher;  ///< may be empty where the objective needs none
  std::filesystem::path student, out;
  bool force = false;  ///< replace `out` if it exists; never where it is one of the inputs
  VocabularyRule vocabulary = VocabularyRule::must_agree;
  const KernelVariant* variant = nullptr;
  int device = -1;                                  ///< of a CUDA variant: its number; -1 = the current one
  int threads = 0;                                  ///< 0 = as many as the machine has
  std::size_t block_bytes = std::size_t{64} << 20;  ///< of the gradient held in memory, at least one row
  std::string command;                              ///< kept in the file's metadata
};

struct ObjectiveFileResult {
  bool finished = false;  ///< false where the stop token was set: nothing was written then
  std::int64_t rows = 0, vocab = 0;
  double mean_loss = 0;  ///< over the scored rows with a finite loss; NaN where there are none
  ObjectiveReport report;
};

/// Rows stream: memory beyond the mapped inputs is the block and O(V) per thread. Throws Error::bad_input on
/// files that do not fit together or lack targets, Error::failed where `out` exists or is an input.
ObjectiveFileResult write_objective_file(const ObjectiveFileRequest& request, ProgressSink& sink,
                                         const std::stop_token& stop);

}  // namespace tauscope
