#include "tests/fuzz/use_tokenizer.h"

namespace tauscope::fuzz {

/// A sentencepiece model: what the guard lets through, the library must take.
Outcome run_sentencepiece(std::string_view bytes) {
  static const ScratchFolder folder;
  folder.write("tokenizer.model", bytes);
  return use_tokenizer(folder);
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_sentencepiece)
