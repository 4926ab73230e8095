#include "core/tokenizer/bpe_roles.h"

namespace tauscope {
namespace {

/// The token that a class gives a role of which the files do not speak.
std::optional<AddedToken> class_default(const std::string& class_name, std::string_view role) {
  const char* content = nullptr;
  const bool basic = role == "bos_token" || role == "eos_token" || role == "unk_token";
  if (class_name == "GPT2Tokenizer" && basic) content = "<|endoftext|>";
  if (class_name == "Qwen2Tokenizer" && (basic || role == "pad_token") && role != "bos_token")
    content = "<|endoftext|>";
  if (class_name == "LlamaTokenizer" && basic)
    content = role == "bos_token" ? "<s>" : role == "eos_token" ? "</s>" : "<unk>";
  if (!content) return std::nullopt;
  AddedToken token;
  token.content = content;
  token.special = true;
  token.normalized = false;
  return token;
}

}  // namespace

void add_roles(BpeParts& parts, const TokenizerConfig& config) {
  const Vocabulary& vocabulary = parts.model.vocabulary();
  for (const auto& [id, token] : config.added)
    if (!parts.added.find_id(token.content)) parts.added.add(token, vocabulary, id, config.file);

  // A role's token that is an added token already keeps its flags, as in transformers.
  const auto id_of = [&](const AddedToken& token) {
    if (const auto known = parts.added.find_id(token.content)) return *known;
    return parts.added.add(token, vocabulary, -1, config.file);
  };
  for (const char* role : token_roles) {
    const auto given = config.roles.find(role);
    const auto token = given != config.roles.end() ? given->second : class_default(config.class_name, role);
    if (!token || token->content.empty()) continue;
    const std::int32_t id = id_of(*token);
    if (std::string_view(role) == "bos_token") parts.bos = id;
    if (std::string_view(role) == "eos_token") parts.eos = id;
  }
  for (const AddedToken& token : config.additional)
    if (!token.content.empty()) id_of(token);

  if (config.split_special_tokens) parts.added.leave_special_in_text();
  parts.added.finish(parts.normalizer);
  parts.files.insert(parts.files.end(), config.files.begin(), config.files.end());
}

}  // namespace tauscope
