// What an evaluation has so far, read back from its folder.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "app/session/evaluation.h"

namespace tauscope {

/// `baseline` "" or unknown = the first model. Answers without scores (a set without references) are there
/// too; what is not finished is left out. Throws Error::bad_input where `folder` is no evaluation's. Null if
/// stopped.
std::shared_ptr<const EvaluationResult> read_evaluation_folder(const std::filesystem::path& folder,
                                                               const std::string& baseline, int threads,
                                                               const std::stop_token& stop);

}  // namespace tauscope
