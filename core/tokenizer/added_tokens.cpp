#include "core/tokenizer/added_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

/// The code point that ends at `end`; `end` must be more than 0 and the text valid UTF-8.
utf8::CodePoint code_point_before(std::string_view text, std::size_t end) {
  std::size_t at = end - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
    --at;
  return utf8::decode(text, at);
}

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > 0 && utf8::is_word(code_point_before(text, begin).value)) return true;
  return end < text.size() && utf8::is_word(utf8::decode(text, end).value);
}

std::size_t skip_space_left(std::string_view text, std::size_t begin) {
  while (begin > 0) {
    const utf8::CodePoint c = code_point_before(text, begin);
    if (!utf8::is_white_space(c.value)) break;
    begin -= c.length;
  }
  return begin;
}

std::size_t skip_space_right(std::string_view text, std::size_t end) {
  while (end < text.size()) {
    const utf8::CodePoint c = utf8::decode(text, end);
    if (!utf8::is_white_space(c.value)) break;
    end += c.length;
  }
  return end;
}

}  // namespace

AddedToken AddedToken::from_json(const Json& json, const std::string& file, const std::string& field) {
  AddedToken token;
  if (json.is_string()) {
    token.content = json.get<std::string>();
    token.special = true;
    token.normalized = false;
    return token;
  }
  const JsonFields fields(json, file, field);
  token.content = fields.string("content");
  token.special = fields.boolean_or("special", false);
  token.normalized = fields.boolean_or("normalized", !token.special);
  token.lstrip = fields.boolean_or("lstrip", false);
  token.rstrip = fields.boolean_or("rstrip", false);
  token.single_word = fields.boolean_or("single_word", false);
  return token;
}

std::int32_t AddedTokens::add(const AddedToken& token, const Vocabulary& vocabulary, std::int32_t declared,
                              const std::string& file) {
  auto known = find_id(token.content);
  if (!known) known = vocabulary.find(token.content);
  const std::int32_t id = known ? *known : std::max(vocabulary.entries(), end_id());
  const bool taken = !known && (vocabulary.token(id) != nullptr || tokens_.count(id) > 0);
  if (taken || (declared >= 0 && declared != id))
    throw Error::bad_input(file, "an added token cannot have its id")
        .field(fmt::format("added token \"{}\"", printable_utf8(token.content)))
        .found(declared >= 0 ? fmt::format("id {}", declared) : fmt::format("id {}, which is taken", id))
        .expected(known ? fmt::format("id {}, which it has in the vocabulary", id)
                        : fmt::format("id {}, the next free one", id))
        .remedy("save the tokenizer again with the library that made it");
  ids_.insert_or_assign(token.content, id);
  tokens_.insert_or_assign(id, token);
  if (token.special) special_contents_.insert(token.content);
  return id;
}

void AddedTokens::finish(const Normalizer& normalizer) {
  for (const auto& [id, token] : tokens_) {
    std::string& text = decoder_texts_[id];
    text = token.normalized ? normalizer.apply(token.content) : token.content;
    (token.normalized ? normalized_ : raw_).add(text, id);
  }
}

const std::string* AddedTokens::decoder_text(std::int32_t id) const {
  const auto at = decoder_texts_.find(id);
  return at == decoder_texts_.end() ? nullptr : &at->second;
}

const AddedToken* AddedTokens::at(std::int32_t id) const {
  const auto at = tokens_.find(id);
  return at == tokens_.end() ? nullptr : &at->second;
}

std::optional<std::int32_t> AddedTokens::find_id(const std::string& content) const {
  const auto at = ids_.find(content);
  if (at == ids_.end()) return std::nullopt;
  return at->second;
}

std::int32_t AddedTokens::end_id() const {
  return tokens_.empty() ? 0 : tokens_.rbegin()->first + 1;
}

// The rules, down to what happens where two tokens want the same white space, are those of the Hugging Face
// library.
void AddedTokens::find(std::string_view text, bool normalized, const std::function<void(std::int32_t)>& token,
                       const std::function<void(std::string_view, std::size_t)>& piece) const {
  const Search& search = normalized ? normalized_ : raw_;
  std::size_t done = 0;
  Search::Match match;
  for (std::size_t from = 0; search.next(text, from, match); from = match.end) {
    const AddedToken& found = tokens_.at(match.id);
    if (found.special && !special_in_text_) continue;
    if (found.single_word && touches_word(text, match.begin, match.end)) continue;
    std::size_t begin = match.begin;
    std::size_t end = match.end;
    if (found.lstrip) begin = std::max(skip_space_left(text, begin), done);
    if (found.rstrip) end = skip_space_right(text, end);
    if (done < begin) piece(text.substr(done, begin - done), done);
    token(match.id);
    done = end;
  }
  if (done < text.size()) piece(text.substr(done), done);
}

void AddedTokens::Search::add(const std::string& pattern, std::int32_t id) {
  if (pattern.empty()) return;
  std::int32_t node = 0;
  for (const char c : pattern) {
    const auto [child, is_new] =
        nodes_[node].children.try_emplace(c, static_cast<std::int32_t>(nodes_.size()));
    node = child->second;
    if (is_new) nodes_.emplace_back();
  }
  if (nodes_[node].id < 0) nodes_[node].id = id;
  starts_[static_cast<unsigned char>(pattern[0])] = true;
}

bool AddedTokens::Search::next(std::string_view text, std::size_t from, Match& match) const {
  if (empty()) return false;
  for (std::size_t begin = from; begin < text.size(); ++begin) {
    if (!starts_[static_cast<unsigned char>(text[begin])]) continue;
    std::int32_t node = 0;
    std::int32_t id = -1;
    std::size_t end = begin;
    for (std::size_t at = begin; at < text.size(); ++at) {
      const auto child = nodes_[node].children.find(text[at]);
      if (child == nodes_[node].children.end()) break;
      node = child->second;
      if (nodes_[node].id < 0) continue;
      id = nodes_[node].id;
      end = at + 1;
    }
    if (id < 0) continue;
    match = {begin, end, id};
    return true;
  }
  return false;
}

}  // namespace tauscope
