// The short answer of `tauscope analyze` on a terminal.
#pragma once

#include <filesystem>
#include <string>

#include "app/engine/analyze_job.h"

namespace tauscope {

/// One table a student: means over all scored positions at every τ. Ends with where the files are.
std::string summary_text(const AnalyzeOutcome& outcome, const std::filesystem::path& folder);

}  // namespace tauscope
