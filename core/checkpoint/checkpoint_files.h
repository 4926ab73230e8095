// The files of a checkpoint's folder beside config and weights.
#pragma once

#include <filesystem>

#include "core/checkpoint/inspection.h"

namespace tauscope {

/// Fills in the tokenizer, the generation config, other files, and what is odd about them.
void describe_files(const std::filesystem::path& folder, const Json& config, CheckpointInspection& result);

}  // namespace tauscope
