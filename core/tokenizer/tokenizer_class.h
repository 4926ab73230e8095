// Which class of transformers reads a folder's tokenizer (5.x, AutoTokenizer), and what that changes.
#pragma once

#include <cstdint>
#include <string>

#include "core/tokenizer/tokenizer_config.h"

namespace tauscope {

/// The class's name without "Fast", "" where the files name none. `declared` is tokenizer_class of
/// tokenizer_config.json, or else of config.json; `model_type` is config.json's. A model type that has a
/// class of its own overrules a declared class that is known to be wrong on published folders (qwen2), or
/// takes tokenizer.json as it stands (mistral).
std::string tokenizer_class_of(std::string declared, const std::string& model_type);

/// Some classes take no more than vocabulary and merges from a tokenizer.json, and put their own steps in
/// place of those in the file. For all others the file counts as it stands.
enum class RebuiltAs : std::uint8_t { none, gpt2, llama, qwen2 };

/// `byte_level`: the file has a ByteLevel step; a Llama class in the config is then a mistake.
RebuiltAs rebuilt_as(const TokenizerConfig& config, bool byte_level);

/// The class is named and its rules are none of those above (CodeLlamaTokenizer, GemmaTokenizer, ...): the
/// file is used as it stands, which transformers may do otherwise.
bool has_rules_of_its_own(const TokenizerConfig& config);

}  // namespace tauscope
