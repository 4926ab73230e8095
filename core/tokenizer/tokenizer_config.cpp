#include "core/tokenizer/tokenizer_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/tokenizer/tokenizer_class.h"
#include "core/tokenizer/vocabulary.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_config_bytes = std::uint64_t{64} << 20;

Json read_config_json(const fs::path& path) {
  return read_json_file(path, max_config_bytes, HugeIntegers::as_double);
}

constexpr std::array<const char*, 2> lists{"additional_special_tokens", "extra_special_tokens"};

class Reader {
 public:
  explicit Reader(fs::path folder) : folder_(std::move(folder)) { config_.file = folder_.string(); }

  TokenizerConfig read() {
    if (const auto json = open("tokenizer_config.json")) {
      config_.file = config_.files.back().string();
      const JsonFields fields(*json, config_.file);
      read_switches(fields);
      read_roles(fields);
      config_.lists_added = fields.has("added_tokens_decoder");
      if (config_.lists_added)
        read_added_tokens_decoder(fields.object("added_tokens_decoder"));
      else
        read_older_files();
    } else {
      read_older_files();
    }
    settle_class();
    resolve_roles();
    return std::move(config_);
  }

 private:
  std::optional<Json> open(const char* name) {
    const fs::path path = folder_ / name;
    if (!fs::is_regular_file(path)) return std::nullopt;
    config_.files.push_back(path);
    return read_config_json(path);
  }

  void read_switches(const JsonFields& fields) {
    const auto optional_bool = [&](const char* key) -> std::optional<bool> {
      if (!fields.has(key)) return std::nullopt;
      return fields.boolean_or(key, false);
    };
    config_.class_name = fields.string_or("tokenizer_class", "");
    config_.add_bos = optional_bool("add_bos_token");
    config_.add_eos = optional_bool("add_eos_token");
    config_.add_prefix_space = optional_bool("add_prefix_space");
    config_.legacy = fields.boolean_or("legacy", false);
    config_.split_special_tokens = fields.boolean_or("split_special_tokens", false);
  }

  void read_roles(const JsonFields& fields) {
    for (const char* role : token_roles) {
      const auto member = fields.json().find(role);
      if (member == fields.json().end()) continue;
      config_.roles[role] = std::nullopt;
      if (member->is_null()) continue;
      config_.roles[role] = special_token(*member, fields, role);
    }
    for (const char* list : lists) {
      if (!fields.has(list) || !fields.at(list).is_array() || fields.at(list).empty()) continue;
      config_.additional.clear();
      for (const Json& entry : fields.at(list))
        config_.additional.push_back(special_token(entry, fields, list));
    }
    read_named(fields);
  }

  static AddedToken special_token(const Json& json, const JsonFields& fields, const std::string& key) {
    AddedToken token = AddedToken::from_json(json, fields.file(), fields.path_of(key));
    token.special = true;
    if (json.is_object() && !json.contains("normalized")) token.normalized = false;
    return token;
  }

  /// "image_token" and the like, and extra_special_tokens where it is an object.
  void read_named(const JsonFields& fields) {
    for (const auto& [key, value] : fields.json().items()) {
      const bool is_role = std::find(token_roles.begin(), token_roles.end(), key) != token_roles.end();
      if (key.ends_with("_token") && !is_role && value.is_string())
        config_.named.emplace_back(key, special_token(value, fields, key));
    }
    if (!fields.has("extra_special_tokens") || !fields.at("extra_special_tokens").is_object()) return;
    const JsonFields extra = fields.object("extra_special_tokens");
    for (const auto& [key, value] : extra.json().items())
      config_.named.emplace_back(key, special_token(value, extra, key));
  }

  void read_added_tokens_decoder(const JsonFields& fields) {
    std::map<std::int32_t, AddedToken> by_id;
    for (const auto& [key, value] : fields.json().items()) {
      std::int32_t id = -1;
      const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), id);
      if (problem != std::errc() || end != key.data() + key.size() || id < 0 || id > Vocabulary::max_id)
        throw Error::bad_input(fields.file(), "is not a token id").field(fields.path_of(key));
      by_id.emplace(id, AddedToken::from_json(value, fields.file(), fields.path_of(key)));
    }
    config_.added.assign(by_id.begin(), by_id.end());
  }

  // Whether a token of added_tokens.json is special is settled before the additional_special_tokens of
  // special_tokens_map.json are looked at.
  void read_older_files() {
    const auto additional = config_.additional;
    if (const auto json = open("special_tokens_map.json")) {
      const JsonFields fields(*json, config_.files.back().string());
      read_roles(fields);
      if (fields.has("extra_special_tokens")) special_names_ = config_.additional;
    }
    if (special_names_.empty()) special_names_ = additional;
    const auto json = open("added_tokens.json");
    if (!json) return;
    const std::string file = config_.files.back().string();
    const JsonFields fields(*json, file);
    std::map<std::int32_t, AddedToken> by_id;
    for (const auto& entry : json->items()) {
      AddedToken token;
      token.content = entry.key();
      token.special = is_named(token.content);
      token.normalized = !token.special;
      const auto id = static_cast<std::int32_t>(fields.integer(entry.key(), 0, Vocabulary::max_id));
      if (!by_id.emplace(id, token).second)
        throw Error::bad_input(file, "two tokens have the same id")
            .field(entry.key())
            .found(std::to_string(id));
    }
    config_.added.assign(by_id.begin(), by_id.end());
  }

  bool is_named(const std::string& content) const {
    const auto same = [&](const AddedToken& token) { return token.content == content; };
    return std::any_of(config_.roles.begin(), config_.roles.end(),
                       [&](const auto& role) { return role.second && same(*role.second); }) ||
           std::any_of(special_names_.begin(), special_names_.end(), same);
  }

  void settle_class() {
    const fs::path path = folder_ / "config.json";
    std::string model_type;
    if (fs::is_regular_file(path)) {
      const Json json = read_config_json(path);
      const JsonFields fields(json, path.string());
      model_type = fields.string_or("model_type", "");
      if (config_.class_name.empty()) config_.class_name = fields.string_or("tokenizer_class", "");
    }
    config_.class_name = tokenizer_class_of(std::move(config_.class_name), model_type);
  }

  /// A role's token that is among the added tokens has the flags that stand there.
  AddedToken resolved(const AddedToken& token) const {
    for (const auto& [id, added] : config_.added)
      if (added.content == token.content) {
        AddedToken same = added;
        same.special = true;
        return same;
      }
    return token;
  }

  void resolve_roles() {
    for (auto& [role, token] : config_.roles)
      if (token) token = resolved(*token);
    for (AddedToken& token : config_.additional)
      token = resolved(token);
  }

  fs::path folder_;
  TokenizerConfig config_;
  std::vector<AddedToken> special_names_;
};

}  // namespace

TokenizerConfig read_tokenizer_config(const fs::path& folder) {
  return Reader(folder).read();
}

}  // namespace tauscope
