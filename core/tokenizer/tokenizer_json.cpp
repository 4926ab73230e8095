// tokenizer.json, the Hugging Face library's own form.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/tokenizer/components.h"
#include "core/tokenizer/pipeline_tokenizer.h"
#include "core/tokenizer/post_processor.h"
#include "core/tokenizer/token_roles.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

const Json& member_or_null(const JsonFields& fields, const char* key) {
  static const Json null;
  return fields.has(key) ? fields.at(key) : null;
}

/// Merges are "left right" or ["left", "right"].
MergeList read_json_merges(const JsonFields& model) {
  MergeList merges;
  for (const auto& [merge, name] : components::parts(model, "merges")) {
    if (merge->is_array() && merge->size() == 2 && (*merge)[0].is_string() && (*merge)[1].is_string()) {
      merges.emplace_back((*merge)[0].get<std::string>(), (*merge)[1].get<std::string>());
      continue;
    }
    const std::string text = merge->is_string() ? merge->get<std::string>() : "";
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
      throw Error::bad_input(model.file(), "is not a merge")
          .field(name)
          .found(merge->is_string() ? fmt::format("\"{}\"", printable_utf8(text.substr(0, 80)))
                                    : "not a string")
          .expected("two tokens with one space between them, or an array of two strings");
    merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return merges;
}

/// Dropout would make ids random; it is for training, and 0 or null in any file made for use.
void require_no_dropout(const JsonFields& model) {
  if (model.number_or("dropout", 0.0) == 0.0) return;
  throw Error::bad_input(model.file(), "the tokenizer drops merges at random, which is not supported")
      .field(model.path_of("dropout"))
      .found(model.at("dropout").dump())
      .expected("null or 0")
      .remedy("set it to null: ids are then those of the tokenizer without chance");
}

BpeModel read_bpe(const JsonFields& model, bool byte_level, RebuiltAs rebuilt) {
  Vocabulary vocabulary(model.at("vocab"), model.file(), model.path_of("vocab"));
  BpeOptions options;
  options.byte_level = byte_level;
  options.byte_fallback = options.fuse_unknown = rebuilt == RebuiltAs::llama;
  if (rebuilt == RebuiltAs::none) {
    require_no_dropout(model);
    options.byte_fallback = model.boolean_or("byte_fallback", false);
    options.fuse_unknown = model.boolean_or("fuse_unk", false);
    options.ignore_merges = model.boolean_or("ignore_merges", false);
    options.continuing_prefix = model.string_or("continuing_subword_prefix", "");
    options.end_suffix = model.string_or("end_of_word_suffix", "");
  }
  if (rebuilt == RebuiltAs::none && model.has("unk_token")) {
    options.unknown = vocabulary.find(model.string("unk_token"));
    if (!options.unknown)
      throw Error::bad_input(model.file(), "the unknown token is not in the vocabulary")
          .field(model.path_of("unk_token"))
          .found(model.string("unk_token"));
  }
  return BpeModel(std::move(vocabulary), read_json_merges(model), options, model.file(),
                  model.path_of("merges"));
}

UnigramModel read_unigram(const JsonFields& model) {
  std::vector<UnigramPiece> pieces;
  for (const auto& [piece, field] : components::parts(model, "vocab")) {
    if (!piece->is_array() || piece->size() != 2 || !(*piece)[0].is_string() || !(*piece)[1].is_number())
      throw Error::bad_input(model.file(), "is not a piece of a Unigram model")
          .field(field)
          .expected("a token and its score, [\"...\", -1.5]");
    pieces.push_back({(*piece)[0].get<std::string>(), (*piece)[1].get<double>()});
  }
  std::optional<std::int32_t> unknown;
  if (model.has("unk_id"))
    unknown = static_cast<std::int32_t>(model.integer("unk_id", 0, Vocabulary::max_id));
  return UnigramModel(pieces, unknown, model.boolean_or("byte_fallback", false), model.file(),
                      model.path_of("vocab"));
}

WordModel read_model(const JsonFields& model, bool byte_level, RebuiltAs rebuilt) {
  // Files of the library's first years do not name the type.
  const std::string type = model.string_or("type", model.has("merges") ? "BPE" : "unknown");
  if (type == "BPE") return read_bpe(model, byte_level, rebuilt);
  if (type == "Unigram" && rebuilt == RebuiltAs::none) return read_unigram(model);
  if (type == "Unigram")
    throw Error::bad_input(model.file(), "the tokenizer's class is one of BPE, but the model is not")
        .field(model.path_of("type"))
        .found(type)
        .remedy("set tokenizer_class of tokenizer_config.json to PreTrainedTokenizerFast");
  throw Error::bad_input(model.file(), "the tokenizer's model is not supported")
      .field(model.path_of("type"))
      .found(type)
      .expected("BPE or Unigram")
      .remedy("where the folder also has tokenizer.model, move tokenizer.json out of it");
}

std::vector<std::pair<std::int32_t, AddedToken>> read_added_tokens(const JsonFields& root) {
  std::vector<std::pair<std::int32_t, AddedToken>> tokens;
  if (!root.has("added_tokens")) return tokens;
  for (const auto& [entry, field] : components::parts(root, "added_tokens")) {
    const JsonFields fields(*entry, root.file(), field);
    tokens.emplace_back(static_cast<std::int32_t>(fields.integer("id", 0, Vocabulary::max_id)),
                        AddedToken::from_json(*entry, root.file(), field));
  }
  return tokens;
}

/// The steps that a class of transformers puts in the place of those in the file.
void rebuild_steps(PipelineParts& parts, const TokenizerConfig& config, RebuiltAs rebuilt) {
  if (rebuilt == RebuiltAs::gpt2 || rebuilt == RebuiltAs::qwen2) {
    const bool prefix = config.add_prefix_space.value_or(false);
    const bool qwen2 = rebuilt == RebuiltAs::qwen2;
    parts.normalizer = qwen2 ? Normalizer({unicode::Form::nfc}) : Normalizer();
    parts.pre_tokenizer = qwen2 ? PreTokenizer::qwen2(prefix) : PreTokenizer::gpt2(prefix);
    parts.decoder = TokenDecoder::byte_level();
  }
  if (rebuilt != RebuiltAs::llama) return;
  const bool prefix = config.add_prefix_space.value_or(true);
  using Prepend = PreTokenizer::Metaspace::Prepend;
  PreTokenizer::Metaspace metaspace;
  metaspace.split = false;
  metaspace.prepend = !prefix ? Prepend::never : config.legacy ? Prepend::always : Prepend::first;
  parts.normalizer = Normalizer();
  parts.pre_tokenizer = PreTokenizer({metaspace});
  std::vector<TokenDecoder::Step> steps{TokenDecoder::Replace{find_literal(metaspace.replacement), " "},
                                        TokenDecoder::ByteFallback{}, TokenDecoder::Fuse{}};
  if (prefix) steps.emplace_back(TokenDecoder::Strip{" ", 1, 0});
  parts.decoder = TokenDecoder(std::move(steps));
}

void require_known_ids(const std::vector<std::int32_t>& ids, const PipelineParts& parts,
                       const std::string& file) {
  for (const std::int32_t id : ids)
    if (!parts.added.at(id) && !vocabulary_of(parts.model).token(id))
      throw Error::bad_input(file, "the post-processor adds a token that is not there")
          .field("post_processor")
          .found(fmt::format("id {}", id));
}

/// Whether the file has a step of the name ByteLevel. (transformers looks for the quoted word anywhere.)
bool names_byte_level(const JsonFields& root) {
  for (const char* key : {"pre_tokenizer", "decoder", "post_processor", "normalizer"})
    if (root.has(key) && root.at(key).dump().find("\"ByteLevel\"") != std::string::npos) return true;
  return false;
}

std::string kind_of(const WordModel& model, bool byte_level, RebuiltAs rebuilt,
                    const TokenizerConfig& config) {
  std::string kind = std::holds_alternative<UnigramModel>(model) ? "Unigram"
                     : byte_level                                ? "byte-level BPE"
                                                                 : "BPE";
  if (rebuilt != RebuiltAs::none) kind += fmt::format(" by the rules of {}", config.class_name);
  if (has_rules_of_its_own(config))
    kind += fmt::format(" as the file stands (transformers' {} may change it)",
                        printable_utf8(config.class_name.substr(0, 80)));
  return kind;
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer_json(const fs::path& folder, const TokenizerConfig& config) {
  const fs::path path = folder / "tokenizer.json";
  const std::string file = path.string();
  const Json json = read_json_file(path, std::uint64_t{256} << 20, HugeIntegers::as_double);
  const JsonFields root(json, file);
  const RebuiltAs rebuilt = rebuilt_as(config, names_byte_level(root));
  auto pre_tokenizer = PreTokenizer::from_json(member_or_null(root, "pre_tokenizer"), file, "pre_tokenizer");
  const bool byte_level = rebuilt == RebuiltAs::none
                              ? pre_tokenizer.byte_level()
                              : rebuilt == RebuiltAs::gpt2 || rebuilt == RebuiltAs::qwen2;
  auto around = PostProcessor::from_json(member_or_null(root, "post_processor"), file, "post_processor");
  auto model = read_model(root.object("model"), byte_level, rebuilt);
  const std::string kind = kind_of(model, byte_level, rebuilt, config);
  PipelineParts parts{
      .model = std::move(model),
      .normalizer = Normalizer::from_json(member_or_null(root, "normalizer"), file, "normalizer"),
      .pre_tokenizer = std::move(pre_tokenizer),
      .decoder = TokenDecoder::from_json(member_or_null(root, "decoder"), file, "decoder"),
      .added = {},
      .before = std::move(around.before),
      .after = std::move(around.after),
      .bos = {},
      .eos = {},
      .kind = kind,
      .files = {path}};
  rebuild_steps(parts, config, rebuilt);
  if (std::holds_alternative<UnigramModel>(parts.model)) parts.pre_tokenizer.write_alphabet();
  add_tokens_and_roles(parts, config, read_added_tokens(root), rebuilt);
  require_known_ids(parts.before, parts, file);
  require_known_ids(parts.after, parts, file);
  return std::make_unique<PipelineTokenizer>(std::move(parts));
}

}  // namespace tauscope
