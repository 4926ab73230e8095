// sentencepiece's tokenizer.model through the library.
#pragma once

#include <filesystem>
#include <memory>

#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_config.h"

namespace tauscope {

/// tokenizer.model of `folder`. Ids of a text are sentencepiece's own: the names of control tokens in a text
/// ("</s>") are text like any other, so that data cannot end a sequence. BOS and EOS are added where the
/// config's add_bos_token and add_eos_token say so, as transformers 5 does; transformers 4 added BOS to a
/// folder that says nothing, so the description then says that none is added.
///
/// Decoding with special tokens writes their names and takes one space off the start of the text, where that
/// is what encoding puts there; without them it gives sentencepiece's own text, except that unknown tokens
/// are left out, as special tokens are. Bytes that do not make up a character become U+FFFD each.
///
/// Tokens that the config adds behind the model's own have ids and names, but are not looked for in a text.
std::unique_ptr<Tokenizer> load_sentencepiece(const std::filesystem::path& folder,
                                              const TokenizerConfig& config);

}  // namespace tauscope
