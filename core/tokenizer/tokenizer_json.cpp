// tokenizer.json, the Hugging Face library's own form.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/tokenizer/bpe_roles.h"
#include "core/tokenizer/bpe_tokenizer.h"
#include "core/tokenizer/components.h"

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

void require_absent(const JsonFields& model, const char* key) {
  if (!model.has(key) || model.at(key) == Json("") || model.at(key) == Json(0.0)) return;
  throw Error::bad_input(model.file(), "the tokenizer has a property that is not supported")
      .field(model.path_of(key))
      .found(model.at(key).dump());
}

BpeModel read_model(const JsonFields& model, bool byte_level) {
  const std::string type = model.string_or("type", model.has("merges") ? "BPE" : "unknown");
  if (type != "BPE")
    throw Error::bad_input(model.file(), "the tokenizer's model is not supported")
        .field(model.path_of("type"))
        .found(type)
        .expected("BPE")
        .remedy("where the folder also has tokenizer.model, move tokenizer.json out of it");
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
    require_absent(model, key);
  Vocabulary vocabulary(model.at("vocab"), model.file(), model.path_of("vocab"));
  BpeOptions options;
  options.byte_level = byte_level;
  options.byte_fallback = model.boolean_or("byte_fallback", false);
  options.fuse_unknown = model.boolean_or("fuse_unk", false);
  options.ignore_merges = model.boolean_or("ignore_merges", false);
  if (model.has("unk_token")) {
    options.unknown = vocabulary.find(model.string("unk_token"));
    if (!options.unknown)
      throw Error::bad_input(model.file(), "the unknown token is not in the vocabulary")
          .field(model.path_of("unk_token"))
          .found(model.string("unk_token"));
  }
  return BpeModel(std::move(vocabulary), read_json_merges(model), options, model.file(),
                  model.path_of("merges"));
}

/// The ids that a template's special token stands for.
std::vector<std::int32_t> template_ids(const JsonFields& processor, const std::string& name) {
  const JsonFields token = processor.object("special_tokens").object(name);
  std::vector<std::int32_t> ids;
  for (const auto& [id, field] : components::parts(token, "ids")) {
    if (!id->is_number_unsigned() ||
        id->get<std::uint64_t>() > static_cast<std::uint64_t>(Vocabulary::max_id))
      throw Error::bad_input(processor.file(), "is not a token id").field(field);
    ids.push_back(id->get<std::int32_t>());
  }
  return ids;
}

void read_template(const JsonFields& processor, BpeParts& parts) {
  std::vector<std::int32_t> before, after;
  int sequences = 0;
  for (const auto& [piece, field] : components::parts(processor, "single")) {
    const JsonFields fields(*piece, processor.file(), field);
    if (fields.has("Sequence")) {
      ++sequences;
      continue;
    }
    const auto ids = template_ids(processor, fields.object("SpecialToken").string("id"));
    auto& side = sequences == 0 ? before : after;
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (sequences != 1)
    throw Error::bad_input(processor.file(), "the template does not hold the text exactly once")
        .field(processor.path_of("single"))
        .found(fmt::format("{} times", sequences));
  parts.before.insert(parts.before.begin(), before.begin(), before.end());
  parts.after.insert(parts.after.end(), after.begin(), after.end());
}

void read_post_processor(const Json& json, const std::string& file, const std::string& field,
                         BpeParts& parts) {
  if (json.is_null()) return;
  const JsonFields fields(json, file, field);
  const std::string type = fields.string("type");
  if (type == "ByteLevel") return;  // moves offsets only
  if (type == "TemplateProcessing")
    read_template(fields, parts);
  else if (type == "Sequence")
    for (const auto& [part, name] : components::parts(fields, "processors"))
      read_post_processor(*part, file, name, parts);
  else
    throw components::unsupported(fields, "ByteLevel, TemplateProcessing, Sequence");
}

void read_added_tokens(const JsonFields& root, BpeParts& parts) {
  if (!root.has("added_tokens")) return;
  for (const auto& [entry, field] : components::parts(root, "added_tokens")) {
    const JsonFields fields(*entry, root.file(), field);
    const auto id = static_cast<std::int32_t>(fields.integer("id", 0, Vocabulary::max_id));
    parts.added.add(AddedToken::from_json(*entry, root.file(), field), parts.model.vocabulary(), id,
                    root.file());
  }
}

/// transformers 5 builds these two classes anew from the vocabulary and merges, with the class's own rules.
void apply_class(BpeParts& parts, const TokenizerConfig& config) {
  if (config.class_name == "GPT2Tokenizer" && parts.pre_tokenizer.byte_level())
    parts.pre_tokenizer.set_add_prefix_space(config.add_prefix_space.value_or(false));
  if (config.class_name != "LlamaTokenizer" || parts.pre_tokenizer.byte_level()) return;
  const bool prefix = config.add_prefix_space.value_or(true);
  using Prepend = PreTokenizer::Metaspace::Prepend;
  PreTokenizer::Metaspace metaspace;
  metaspace.split = false;
  metaspace.prepend = !prefix ? Prepend::never : config.legacy ? Prepend::always : Prepend::first;
  parts.normalizer = Normalizer();
  parts.pre_tokenizer = PreTokenizer({metaspace});
  std::vector<TokenDecoder::Step> steps{TokenDecoder::Replace{metaspace.replacement, " "},
                                        TokenDecoder::ByteFallback{}, TokenDecoder::Fuse{}};
  if (prefix) steps.emplace_back(TokenDecoder::Strip{" ", 1, 0});
  parts.decoder = TokenDecoder(std::move(steps));
}

void require_known_ids(const std::vector<std::int32_t>& ids, const BpeParts& parts, const std::string& file) {
  for (const std::int32_t id : ids)
    if (!parts.added.at(id) && !parts.model.vocabulary().token(id))
      throw Error::bad_input(file, "the post-processor adds a token that is not there")
          .field("post_processor")
          .found(fmt::format("id {}", id));
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer_json(const fs::path& folder, const TokenizerConfig& config) {
  const fs::path path = folder / "tokenizer.json";
  const std::string file = path.string();
  const Json json = read_json_file(path, std::uint64_t{256} << 20, HugeIntegers::as_double);
  const JsonFields root(json, file);
  auto pre_tokenizer = PreTokenizer::from_json(member_or_null(root, "pre_tokenizer"), file, "pre_tokenizer");
  const bool byte_level = pre_tokenizer.byte_level();
  BpeParts parts{.model = read_model(root.object("model"), byte_level),
                 .normalizer = Normalizer::from_json(member_or_null(root, "normalizer"), file, "normalizer"),
                 .pre_tokenizer = std::move(pre_tokenizer),
                 .decoder = TokenDecoder::from_json(member_or_null(root, "decoder"), file, "decoder"),
                 .added = {},
                 .before = {},
                 .after = {},
                 .bos = {},
                 .eos = {},
                 .kind = byte_level ? "byte-level BPE" : "BPE",
                 .files = {path}};
  read_added_tokens(root, parts);
  read_post_processor(member_or_null(root, "post_processor"), file, "post_processor", parts);
  apply_class(parts, config);
  add_roles(parts, config);
  require_known_ids(parts.before, parts, file);
  require_known_ids(parts.after, parts, file);
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace tauscope
