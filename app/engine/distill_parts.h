// The real parts of a run: the loop over models, and the scoring of its checkpoints.
#pragma once

#include <string>
#include <vector>

#include "app/engine/distill_job.h"

namespace tauscope {

/// `command`: as typed, for the cards of the scores.
DistillParts distill_parts(std::vector<std::string> command);

/// Throws Error naming evaluation.metric where it names no metric; nothing is loaded.
void check_evaluation(const RunSpec& spec, const std::string& file);

/// Where the answers and scores of a run's last evaluation lie: RUN/eval/SET, SET being the validation file's
/// stem.
std::filesystem::path run_eval_folder(const std::filesystem::path& run, const RunSpec& spec);

}  // namespace tauscope
