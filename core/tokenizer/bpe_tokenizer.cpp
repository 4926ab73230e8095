#include "core/tokenizer/bpe_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/tokenizer/text_checks.h"

namespace tauscope {

std::vector<std::int32_t> BpeTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  require_utf8(text);
  std::vector<std::int32_t> ids;
  BpeModel::Scratch scratch;
  const auto put = [&](std::int32_t id) { ids.push_back(id); };
  const auto words = [&](std::string_view word) { parts_.model.encode(word, ids, scratch); };
  if (add_special_tokens) ids = parts_.before;
  parts_.added.find(text, false, put, [&](std::string_view piece, std::size_t offset) {
    std::string storage;
    if (!parts_.normalizer.empty()) piece = storage = parts_.normalizer.apply(piece);
    parts_.added.find(piece, true, put, [&](std::string_view rest, std::size_t inner) {
      parts_.pre_tokenizer.split(rest, offset + inner == 0, words);
    });
  });
  if (add_special_tokens) ids.insert(ids.end(), parts_.after.begin(), parts_.after.end());
  return ids;
}

std::string BpeTokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const std::int32_t id : ids) {
    require_token_id(id, size());
    if (skip_special_tokens && is_special(id)) continue;
    const std::string* text = parts_.added.decoder_text(id);
    if (!text) text = parts_.model.vocabulary().token(id);
    if (text) tokens.push_back(*text);  // a hole in the vocabulary has none
  }
  return parts_.decoder.decode(std::move(tokens));
}

std::string BpeTokenizer::token_bytes(std::int32_t id) const {
  require_token_id(id, size());
  if (const AddedToken* added = parts_.added.at(id)) return added->content;
  const std::string* text = parts_.model.vocabulary().token(id);
  return text ? parts_.decoder.bytes_of(*text) : "";
}

std::int32_t BpeTokenizer::size() const {
  return std::max(parts_.model.vocabulary().end_id(), parts_.added.end_id());
}

bool BpeTokenizer::is_special(std::int32_t id) const {
  const AddedToken* added = parts_.added.at(id);
  return added && added->special;
}

std::string BpeTokenizer::description() const {
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
