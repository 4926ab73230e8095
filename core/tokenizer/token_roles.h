// Which tokens play a role (BOS, EOS, ...), by the files and by the defaults of transformers' classes.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/tokenizer/pipeline_tokenizer.h"
#include "core/tokenizer/tokenizer_class.h"

namespace tauscope {

/// Adds the tokens of the files in the order of transformers, which decides the ids of new ones: `own` (of
/// tokenizer.json), those that the config lists, those of its roles. Sets bos and eos, prepares the search
/// for added tokens and appends the config's files. To be called once, when all else is in place.
void add_tokens_and_roles(PipelineParts& parts, const TokenizerConfig& config,
                          const std::vector<std::pair<std::int32_t, AddedToken>>& own, RebuiltAs rebuilt);

}  // namespace tauscope
