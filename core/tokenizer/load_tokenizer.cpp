#include <fmt/format.h>

#include "core/base/error.h"
#include "core/tokenizer/pipeline_tokenizer.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

namespace fs = std::filesystem;

// The order is transformers': tokenizer.json where there is one; its tokenizer classes then take
// tokenizer.model or vocab.json with merges.txt, and no class takes both.
std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& folder) {
  std::error_code problem;
  if (!fs::is_directory(folder, problem))
    throw Error::bad_input(folder.string(), "is not a folder that can be read")
        .expected("a checkpoint's folder")
        .remedy("check the path");
  const auto has = [&](const char* name) { return fs::is_regular_file(folder / name, problem); };
  const TokenizerConfig config = read_tokenizer_config(folder);
  if (has("tokenizer.json")) return load_tokenizer_json(folder, config);
  if (has("tokenizer.model")) return load_sentencepiece(folder, config);
  if (has("vocab.json"))
    for (const char* merges : {"merges.txt", "vocab.bpe"})
      if (has(merges)) return load_vocab_and_merges(folder, merges, config);
  throw Error::bad_input(folder.string(), "there is no tokenizer in the folder")
      .found(has("vocab.json") ? "vocab.json without merges.txt" : "none of the files")
      .expected("tokenizer.json; or tokenizer.model; or vocab.json with merges.txt (or vocab.bpe)")
      .remedy("copy the tokenizer's files into the folder");
}

}  // namespace tauscope
