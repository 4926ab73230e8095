// Which tokens play a role (BOS, EOS, ...), by the files and by the defaults of transformers' classes.
#pragma once

#include "core/tokenizer/bpe_tokenizer.h"

namespace tauscope {

/// Adds the config's added tokens and the tokens of its roles, sets bos and eos, prepares the search for
/// added tokens and appends the config's files. To be called once, when all else is in place.
void add_roles(BpeParts& parts, const TokenizerConfig& config);

}  // namespace tauscope
