// vocab.json with merges.txt: the classes GPT2Tokenizer (also OPT's) and Qwen2Tokenizer of transformers.
#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/tokenizer/pipeline_tokenizer.h"
#include "core/tokenizer/token_roles.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_merges_bytes = std::uint64_t{256} << 20;

}  // namespace

MergeList read_merges(const fs::path& path) {
  const std::string text = read_file(path, max_merges_bytes);
  MergeList merges;
  std::size_t line_number = 0;
  std::size_t blank_line = 0;  // blank lines may only stand at the end
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    const bool two_parts = space != std::string_view::npos && space > 0 && space + 1 < line.size() &&
                           line.find(' ', space + 1) == std::string_view::npos;
    if (line.empty() && blank_line == 0) blank_line = line_number;
    if (line.empty()) continue;
    if (!two_parts || blank_line != 0 || utf8::find_invalid(line) != std::string_view::npos)
      throw Error::bad_input(path.string(), "a line is not a merge")
          .field(fmt::format("line {}", blank_line != 0 ? blank_line : line_number))
          .found(fmt::format("\"{}\"", blank_line != 0 ? "" : printable_utf8(line.substr(0, 80))))
          .expected("two tokens with one space between them");
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

std::unique_ptr<Tokenizer> load_vocab_and_merges(const fs::path& folder, const std::string& merges_name,
                                                 const TokenizerConfig& config) {
  const bool qwen2 = config.class_name == "Qwen2Tokenizer";
  if (!qwen2 && config.class_name != "GPT2Tokenizer" && !config.class_name.empty())
    throw Error::bad_input(config.file,
                           "the tokenizer's class is not supported for vocab.json and " + merges_name)
        .field("tokenizer_class")
        .found(config.class_name)
        .expected("GPT2Tokenizer or Qwen2Tokenizer")
        .remedy("convert the tokenizer to tokenizer.json: save_pretrained of transformers writes it");
  const fs::path vocab_file = folder / "vocab.json";
  const fs::path merges_file = folder / merges_name;
  const bool add_prefix_space = config.add_prefix_space.value_or(false);
  BpeOptions options;
  options.byte_level = true;
  PipelineParts parts{
      .model = BpeModel(Vocabulary(read_json_file(vocab_file), vocab_file.string(), ""),
                        read_merges(merges_file), options, merges_file.string(), "merge"),
      .normalizer = qwen2 ? Normalizer({unicode::Form::nfc}) : Normalizer(),
      .pre_tokenizer = qwen2 ? PreTokenizer::qwen2(add_prefix_space) : PreTokenizer::gpt2(add_prefix_space),
      .decoder = TokenDecoder::byte_level(),
      .added = {},
      .before = {},
      .after = {},
      .bos = {},
      .eos = {},
      .kind = qwen2 ? "byte-level BPE with Qwen2's pattern" : "byte-level BPE with GPT-2's pattern",
      .files = {vocab_file, merges_file}};
  TokenizerConfig with_class = config;
  if (with_class.class_name.empty()) with_class.class_name = "GPT2Tokenizer";
  add_tokens_and_roles(parts, with_class, {}, qwen2 ? RebuiltAs::qwen2 : RebuiltAs::gpt2);
  if (config.add_bos.value_or(false) && parts.bos) parts.before = {*parts.bos};
  if (config.add_eos.value_or(false) && parts.eos) parts.after = {*parts.eos};
  return std::make_unique<PipelineTokenizer>(std::move(parts));
}

}  // namespace tauscope
