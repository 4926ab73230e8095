// Which tokens end an answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace tauscope {

/// As transformers' generate decides: eos_token_id (one or several) of generation_config.json, else of
/// config.json; where neither says, the tokenizer's. Throws Error::bad_input for what is no id.
std::vector<std::int32_t> end_tokens(const std::filesystem::path& folder, const Tokenizer& tokenizer);

}  // namespace tauscope
