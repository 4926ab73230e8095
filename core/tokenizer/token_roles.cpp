#include "core/tokenizer/token_roles.h"

#include <fmt/format.h>

#include <map>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {
namespace {

AddedToken plain_special(const std::string& content) {
  AddedToken token;
  token.content = content;
  token.special = true;
  token.normalized = false;
  return token;
}

/// The token that a class gives a role of which the files do not speak.
std::optional<AddedToken> class_default(RebuiltAs rebuilt, std::string_view role) {
  const char* content = nullptr;
  const bool basic = role == "bos_token" || role == "eos_token" || role == "unk_token";
  if (rebuilt == RebuiltAs::gpt2 && basic) content = "<|endoftext|>";
  if (rebuilt == RebuiltAs::qwen2 && (basic || role == "pad_token") && role != "bos_token")
    content = "<|endoftext|>";
  if (rebuilt == RebuiltAs::llama && basic)
    content = role == "bos_token" ? "<s>" : role == "eos_token" ? "</s>" : "<unk>";
  if (!content) return std::nullopt;
  return plain_special(content);
}

using Listed = std::vector<std::pair<std::int32_t, AddedToken>>;

/// What the config lists, or where it lists nothing, the older files and then tokenizer.json.
Listed listed_tokens(const TokenizerConfig& config, const Listed& own) {
  std::map<std::int32_t, AddedToken> by_id(config.added.begin(), config.added.end());
  if (!config.lists_added)
    for (const auto& [id, token] : own)
      by_id.insert_or_assign(id, token);
  return {by_id.begin(), by_id.end()};
}

bool has_role(const TokenizerConfig& config, const std::string& content) {
  for (const auto& [role, token] : config.roles)
    if (token && token->content == content) return true;
  return false;
}

/// Tokens under names of their own, which are not new as a rule.
void add_named(AddedTokens& added, const Vocabulary& vocabulary, const TokenizerConfig& config) {
  int news = 0;
  for (const auto& [name, token] : config.named) {
    if (token.content.empty() || added.find_id(token.content)) continue;
    if (!vocabulary.find(token.content) && ++news > 1)
      throw Error::bad_input(config.file,
                             "two named tokens have no id, and their order decides which one comes first")
          .field(name)
          .found(fmt::format("\"{}\"", printable_utf8(token.content)))
          .remedy("list them with their ids in added_tokens_decoder: save_pretrained of transformers does");
    added.add(token, vocabulary, -1, config.file);
  }
}

}  // namespace

void add_tokens_and_roles(PipelineParts& parts, const TokenizerConfig& config, const Listed& own,
                          RebuiltAs rebuilt) {
  const Vocabulary& vocabulary = vocabulary_of(parts.model);
  const std::string own_file = parts.files.front().string();
  const std::string& listing_file = own.empty() || config.lists_added ? config.file : own_file;
  if (rebuilt == RebuiltAs::none)
    for (const auto& [id, token] : own)
      if (!token.content.empty()) parts.added.add(token, vocabulary, id, own_file);
  for (auto& [id, token] : listed_tokens(config, own)) {
    if (token.content.empty()) continue;
    token.special = token.special || has_role(config, token.content);
    parts.added.add(token, vocabulary, id, listing_file);
  }

  // A role's token that is an added token already keeps its flags; only Qwen2's class gives them new ones.
  const auto id_of = [&](const AddedToken& token) {
    const auto known = parts.added.find_id(token.content);
    if (known && rebuilt != RebuiltAs::qwen2) return *known;
    return parts.added.add(known ? plain_special(token.content) : token, vocabulary, -1, config.file);
  };
  for (const char* role : token_roles) {
    const auto given = config.roles.find(role);
    const auto token = given != config.roles.end() ? given->second : class_default(rebuilt, role);
    if (!token || token->content.empty()) continue;
    const std::int32_t id = id_of(*token);
    if (std::string_view(role) == "bos_token") parts.bos = id;
    if (std::string_view(role) == "eos_token") parts.eos = id;
  }
  add_named(parts.added, vocabulary, config);
  for (const AddedToken& token : config.additional)
    if (!token.content.empty()) id_of(token);

  if (config.split_special_tokens) parts.added.leave_special_in_text();
  parts.added.finish(parts.normalizer);
  parts.files.insert(parts.files.end(), config.files.begin(), config.files.end());
}

}  // namespace tauscope
