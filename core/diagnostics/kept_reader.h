// Logits that an analysis kept (kept_logits.h), read back for one example at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/logits_file.h"

namespace tauscope {

/// Numbers of the examples whose logits are in `folder` (an analysis' logits/), ascending; none where there
/// is no such folder.
std::vector<std::int64_t> kept_examples(const std::filesystem::path& folder);

struct KeptExample {
  JoinedLogits logits;                  ///< mapped files; every row is a scored position
  std::vector<std::int64_t> positions;  ///< (rows)
};

/// `students` are those of the analysis, in its order. Throws Error::bad_input naming the file that is
/// missing, damaged, or belongs to another example or student.
KeptExample open_kept_example(const std::filesystem::path& folder, const std::vector<std::string>& students,
                              std::int64_t example);

}  // namespace tauscope
