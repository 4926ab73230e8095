#include "tests/fuzz/use_tokenizer.h"

namespace tauscope::fuzz {

/// A tokenizer.json by itself.
Outcome run_tokenizer_json(std::string_view bytes) {
  static const ScratchFolder folder;
  folder.write("tokenizer.json", bytes);
  return use_tokenizer(folder);
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_tokenizer_json)
