// Which token ids the models of a comparison have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace tauscope {

/// One model's side of the question.
struct VocabularyMember {
  std::string name;    ///< for messages
  std::string folder;  ///< for messages
  const Tokenizer* tokenizer = nullptr;
  std::string tokenizer_hash;  ///< of the tokenizer's files: equal hashes need no comparison
  std::int64_t width = 0;      ///< columns of the model's logits; may exceed the tokenizer (padding)
};

struct SharedVocabulary {
  std::int64_t size = 0;  ///< ids 0 … size - 1 mean the same in every model
  std::string note;       ///< what was decided, where there was something to decide; else ""
};

/// Where all widths and tokenizers agree, the whole width. Where they differ (Qwen2.5's heads are padded to
/// 151,936 or to 152,064), the ids that all of them have, which are then compared by themselves: their token
/// strings must agree. Throws Error::bad_input if nothing is shared, or naming the first id whose strings
/// differ, with the share of ids whose strings are equal.
SharedVocabulary find_shared_vocabulary(const std::vector<VocabularyMember>& members);

/// One hash for all files of a tokenizer; that of the file where there is only one.
std::string tokenizer_hash(const Tokenizer& tokenizer);

}  // namespace tauscope
