// What stands beside a tokenizer's vocabulary: tokenizer_config.json, special_tokens_map.json,
// added_tokens.json.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/tokenizer/added_tokens.h"

namespace tauscope {

struct TokenizerConfig {
  std::string file;        ///< for error messages: tokenizer_config.json's path, or the folder
  std::string class_name;  ///< see tokenizer_class_of() in tokenizer_class.h
  std::optional<bool> add_bos, add_eos, add_prefix_space;
  bool legacy = false;
  bool split_special_tokens = false;
  /// By role ("bos_token"), for the roles that the files speak of; nothing where they say null.
  std::map<std::string, std::optional<AddedToken>> roles;
  std::vector<std::pair<std::string, AddedToken>> named;  ///< special tokens with a name that is no role
  std::vector<AddedToken> additional;                     ///< special tokens without a role
  bool lists_added = false;  ///< there is an added_tokens_decoder: then the added tokens are those, whatever
                             ///< tokenizer.json says
  /// added_tokens_decoder, or added_tokens.json, by id.
  std::vector<std::pair<std::int32_t, AddedToken>> added;
  std::vector<std::filesystem::path> files;
};

/// The roles that a token can have, in transformers' order, which decides the ids of new tokens.
inline constexpr std::array<const char*, 7> token_roles{"bos_token", "eos_token", "unk_token", "sep_token",
                                                        "pad_token", "cls_token", "mask_token"};

/// Reads what is there (nothing need be). As transformers does: where tokenizer_config.json has
/// added_tokens_decoder, the two older files are not looked at. Throws Error::bad_input.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace tauscope
