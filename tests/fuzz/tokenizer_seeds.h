// Tokenizers of a handful of tokens, of every kind.
#pragma once

#include <string>
#include <vector>

namespace tauscope::fuzz {

std::vector<std::string> tokenizer_jsons();
std::vector<std::string> sentencepiece_models();

}  // namespace tauscope::fuzz
