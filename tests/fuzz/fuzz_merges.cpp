#include "tests/fuzz/use_tokenizer.h"

namespace tauscope::fuzz {

/// A list of merges beside a small vocabulary.
Outcome run_merges(std::string_view bytes) {
  static const ScratchFolder folder([](const ScratchFolder& made) {
    made.write("vocab.json",
               R"({"<|endoftext|>":0,"h":1,"e":2,"l":3,"o":4,"\u0120":5,"he":6,"hel":7,"lo":8})");
  });
  folder.write("merges.txt", bytes);
  return use_tokenizer(folder);
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_merges)
