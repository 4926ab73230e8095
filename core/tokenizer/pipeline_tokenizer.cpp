#include "core/tokenizer/pipeline_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/tokenizer/text_checks.h"

namespace tauscope {
namespace {

/// Encodes words with whichever model there is, and keeps its room between them.
class WordEncoder {
 public:
  WordEncoder(const WordModel& model, std::vector<std::int32_t>& ids) : model_(model), ids_(ids) {}

  void operator()(std::string_view word) {
    if (const auto* bpe = std::get_if<BpeModel>(&model_))
      bpe->encode(word, ids_, bpe_);
    else
      std::get<UnigramModel>(model_).encode(word, ids_, unigram_);
  }

 private:
  const WordModel& model_;
  std::vector<std::int32_t>& ids_;
  BpeModel::Scratch bpe_;
  UnigramModel::Scratch unigram_;
};

}  // namespace

const Vocabulary& vocabulary_of(const WordModel& model) {
  return std::visit([](const auto& m) -> const Vocabulary& { return m.vocabulary(); }, model);
}

std::vector<std::int32_t> PipelineTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  require_utf8(text);
  std::vector<std::int32_t> ids;
  WordEncoder encoder(parts_.model, ids);
  const auto put = [&](std::int32_t id) { ids.push_back(id); };
  const std::function<void(std::string_view)> words = [&](std::string_view word) { encoder(word); };
  if (add_special_tokens) ids = parts_.before;
  parts_.added.find(text, false, put, [&](std::string_view piece, std::size_t offset) {
    std::string storage;
    bool start_lost = false;
    if (!parts_.normalizer.empty()) piece = storage = parts_.normalizer.apply(piece, &start_lost);
    parts_.added.find(piece, true, put, [&](std::string_view rest, std::size_t inner) {
      parts_.pre_tokenizer.split(rest, offset + inner == 0 && !start_lost, words);
    });
  });
  if (add_special_tokens) ids.insert(ids.end(), parts_.after.begin(), parts_.after.end());
  return ids;
}

std::string PipelineTokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const std::int32_t id : ids) {
    require_token_id(id, size());
    const std::string* text = parts_.added.decoder_text(id);
    if (!text) text = vocabulary_of(parts_.model).token(id);
    if (!text || (skip_special_tokens && parts_.added.is_dropped(*text))) continue;
    tokens.push_back(*text);  // a hole in the vocabulary has none
  }
  return parts_.decoder.decode(std::move(tokens));
}

std::string PipelineTokenizer::token_bytes(std::int32_t id) const {
  require_token_id(id, size());
  if (const AddedToken* added = parts_.added.at(id)) return added->content;
  const std::string* text = vocabulary_of(parts_.model).token(id);
  return text ? parts_.decoder.bytes_of(*text) : "";
}

std::int32_t PipelineTokenizer::size() const {
  return std::max(vocabulary_of(parts_.model).end_id(), parts_.added.end_id());
}

bool PipelineTokenizer::is_special(std::int32_t id) const {
  const AddedToken* added = parts_.added.at(id);
  return added && added->special;
}

std::string PipelineTokenizer::description() const {
  const auto names = [&](const std::vector<std::int32_t>& ids) {
    std::string out;
    for (const std::int32_t id : ids)
      out += fmt::format("{}{}", out.empty() ? "" : " ", token_bytes(id));
    return out;
  };
  std::string added = "adds no special tokens";
  if (!parts_.before.empty()) added = "puts " + names(parts_.before) + " before a text";
  if (!parts_.after.empty())
    added = (parts_.before.empty() ? "puts " : added + " and ") + names(parts_.after) + " after " +
            (parts_.before.empty() ? "a text" : "it");
  return fmt::format("{}, {}, {} tokens, {}", parts_.kind, parts_.files.front().filename().string(), size(),
                     added);
}

}  // namespace tauscope
