#include "core/tokenizer/sentencepiece_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/text_checks.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;
using Type = SentencepieceModel::Type;

constexpr std::uint64_t max_model_bytes = std::uint64_t{64} << 20;
constexpr std::string_view space = "\xE2\x96\x81";  // U+2581

/// Classes of transformers that wrap a sentencepiece model and put at most BOS and EOS around a text.
constexpr std::array<std::string_view, 7> classes{"",
                                                  "LlamaTokenizer",
                                                  "CodeLlamaTokenizer",
                                                  "GemmaTokenizer",
                                                  "GPT2Tokenizer",  // by config.json's model_type only
                                                  "TokenizersBackend",
                                                  "PreTrainedTokenizer"};

class SentencepieceTokenizer final : public Tokenizer {
 public:
  SentencepieceTokenizer(const fs::path& path, const TokenizerConfig& config);

  std::vector<std::int32_t> encode(std::string_view text, bool add_special_tokens) const override;
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const override;
  std::string token_bytes(std::int32_t id) const override;
  std::int32_t size() const override;
  std::optional<std::int32_t> bos_id() const override { return bos_; }
  std::optional<std::int32_t> eos_id() const override { return eos_; }
  bool is_special(std::int32_t id) const override;
  std::string description() const override;
  std::vector<fs::path> files() const override { return files_; }

 private:
  bool is_model_piece(std::int32_t id) const { return id < static_cast<std::int32_t>(model_.pieces.size()); }
  std::optional<std::int32_t> role(const char* name, const TokenizerConfig& config,
                                   const std::string& own) const;
  std::optional<std::int32_t> find(const std::string& content) const;
  void add_tokens(const TokenizerConfig& config);

  std::string file_;
  SentencepieceModel model_;
  sentencepiece::SentencePieceProcessor processor_;
  std::map<std::int32_t, AddedToken> added_;  // behind the model's own pieces
  std::vector<bool> special_;                 // of the model's own pieces
  std::optional<std::int32_t> bos_, eos_;
  bool add_bos_ = false, add_eos_ = false;
  bool says_bos_ = false;  ///< the folder says whether BOS is added
  std::vector<fs::path> files_;
};

SentencepieceTokenizer::SentencepieceTokenizer(const fs::path& path, const TokenizerConfig& config)
    : file_(path.string()), files_{path} {
  const std::string bytes = read_file(path, max_model_bytes);
  model_ = read_sentencepiece_model(bytes, file_);
  const auto status = processor_.LoadFromSerializedProto(bytes);
  if (!status.ok())
    throw Error::bad_input(file_, "sentencepiece cannot load it: " + printable_utf8(status.ToString()))
        .remedy("download the file again");
  for (const auto& piece : model_.pieces)
    special_.push_back(piece.type == Type::control || piece.type == Type::unknown);
  add_tokens(config);
  bos_ = role("bos_token", config, model_.bos_piece);
  eos_ = role("eos_token", config, model_.eos_piece);
  add_bos_ = config.add_bos.value_or(false) && bos_;
  add_eos_ = config.add_eos.value_or(false) && eos_;
  says_bos_ = config.add_bos.has_value();
  if (config.add_bos.value_or(false) && !bos_)
    throw Error::bad_input(config.file, "a BOS token is to be added, but there is none")
        .field("add_bos_token");
  if (config.add_eos.value_or(false) && !eos_)
    throw Error::bad_input(config.file, "an EOS token is to be added, but there is none")
        .field("add_eos_token");
  files_.insert(files_.end(), config.files.begin(), config.files.end());
}

std::optional<std::int32_t> SentencepieceTokenizer::find(const std::string& content) const {
  for (const auto& [id, token] : added_)
    if (token.content == content) return id;
  const auto same = [&](const auto& piece) { return piece.text == content; };
  const auto at = std::find_if(model_.pieces.begin(), model_.pieces.end(), same);
  if (at == model_.pieces.end()) return std::nullopt;
  return static_cast<std::int32_t>(at - model_.pieces.begin());
}

void SentencepieceTokenizer::add_tokens(const TokenizerConfig& config) {
  for (const auto& [id, token] : config.added) {
    if (!is_model_piece(id)) {
      added_.emplace(id, token);
    } else if (model_.pieces[id].text != token.content) {
      throw Error::bad_input(config.file, "an added token has the id of another one in tokenizer.model")
          .field(fmt::format("added token \"{}\"", printable_utf8(token.content)))
          .found(fmt::format("id {}, which is \"{}\"", id, printable_utf8(model_.pieces[id].text)));
    } else if (token.special) {
      special_[id] = true;
    }
  }
}

std::optional<std::int32_t> SentencepieceTokenizer::role(const char* name, const TokenizerConfig& config,
                                                         const std::string& own) const {
  const auto given = config.roles.find(name);
  if (given != config.roles.end() && !given->second) return std::nullopt;
  const auto token = given != config.roles.end() ? given->second : std::nullopt;
  const auto id = find(token ? token->content : own);
  if (token && !id)
    throw Error::bad_input(file_,
                           fmt::format("the {} of the tokenizer's config is not among the tokens", name))
        .field(name)
        .found(fmt::format("\"{}\"", printable_utf8(token->content)))
        .remedy("name a token of tokenizer.model, or give the token an id in added_tokens.json");
  if (!token && id && !special_[*id]) return std::nullopt;
  return id;
}

std::vector<std::int32_t> SentencepieceTokenizer::encode(std::string_view text,
                                                         bool add_special_tokens) const {
  require_utf8(text);
  std::vector<int> pieces;
  const auto status = processor_.Encode(text, &pieces);
  if (!status.ok())  // the text is UTF-8, so it is the model's doing
    throw Error::bad_input(file_, "the model cannot encode a text: " + printable_utf8(status.ToString()))
        .remedy("download the tokenizer again");
  std::vector<std::int32_t> ids;
  ids.reserve(pieces.size() + 2);
  if (add_special_tokens && add_bos_) ids.push_back(*bos_);
  ids.insert(ids.end(), pieces.begin(), pieces.end());
  if (add_special_tokens && add_eos_) ids.push_back(*eos_);
  return ids;
}

// The library's own decoding leaves out control tokens, so it is done here; where there are none, the two are
// equal.
std::string SentencepieceTokenizer::decode(std::span<const std::int32_t> ids,
                                           bool skip_special_tokens) const {
  std::string out, bytes;
  const bool strips = model_.add_dummy_prefix || model_.remove_extra_whitespaces;
  bool at_start = strips;
  const auto end_bytes = [&] {
    for (std::size_t at = 0; at < bytes.size();) {
      const utf8::CodePoint c = utf8::decode(bytes, at);
      utf8::append(out, c.value);
      at += c.valid ? c.length : 1;  // sentencepiece replaces byte by byte
    }
    bytes.clear();
  };
  for (const std::int32_t id : ids) {
    require_token_id(id, size());
    if (is_special(id) && skip_special_tokens) continue;
    if (is_model_piece(id) && model_.pieces[id].type == Type::byte) {
      bytes += token_bytes(id);
      continue;
    }
    end_bytes();
    at_start = at_start && out.empty();
    std::string_view text =
        is_model_piece(id) ? std::string_view(model_.pieces[id].text) : std::string_view();
    if (is_special(id) || !is_model_piece(id)) {
      out += token_bytes(id);
      continue;
    }
    if (at_start && text.starts_with(space)) {
      text.remove_prefix(space.size());
      at_start = model_.remove_extra_whitespaces;  // then all leading spaces go, not only the first
    }
    out += replace_all(text, space, " ");
  }
  end_bytes();
  return out;
}

std::string SentencepieceTokenizer::token_bytes(std::int32_t id) const {
  require_token_id(id, size());
  if (!is_model_piece(id)) {
    const auto at = added_.find(id);
    return at == added_.end() ? "" : at->second.content;
  }
  const auto& [text, type] = model_.pieces[id];
  if (type == Type::byte)
    return std::string(1, static_cast<char>(std::stoul(text.substr(3, 2), nullptr, 16)));
  return is_special(id) ? text : replace_all(text, space, " ");
}

std::int32_t SentencepieceTokenizer::size() const {
  const auto own = static_cast<std::int32_t>(model_.pieces.size());
  return added_.empty() ? own : std::max(own, added_.rbegin()->first + 1);
}

bool SentencepieceTokenizer::is_special(std::int32_t id) const {
  if (id >= 0 && is_model_piece(id)) return special_[id];
  const auto at = added_.find(id);
  return at != added_.end() && at->second.special;
}

std::string SentencepieceTokenizer::description() const {
  const char* adds = add_bos_ && add_eos_ ? "adds BOS and EOS"
                     : add_bos_           ? "adds BOS"
                     : add_eos_           ? "adds EOS"
                     : bos_ && !says_bos_ ? "adds no special tokens (add_bos_token is not set)"
                                          : "adds no special tokens";
  const std::string behind =
      added_.empty() ? "" : fmt::format(", {} added tokens that are not looked for in a text", added_.size());
  return fmt::format("sentencepiece {}, tokenizer.model, {} tokens, {}{}", model_.algorithm_name(), size(),
                     adds, behind);
}

}  // namespace

std::unique_ptr<Tokenizer> load_sentencepiece(const fs::path& folder, const TokenizerConfig& config) {
  if (std::find(classes.begin(), classes.end(), config.class_name) == classes.end())
    throw Error::bad_input(config.file, "the tokenizer's class is not supported for tokenizer.model")
        .field("tokenizer_class")
        .found(config.class_name)
        .expected("LlamaTokenizer, CodeLlamaTokenizer or GemmaTokenizer")
        .remedy("convert the tokenizer to tokenizer.json: save_pretrained of transformers writes it");
  return std::make_unique<SentencepieceTokenizer>(folder / "tokenizer.model", config);
}

}  // namespace tauscope
