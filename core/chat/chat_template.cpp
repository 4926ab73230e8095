#include "core/chat/chat_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_config.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_template_bytes = std::uint64_t{1} << 20;

Json special_tokens_of(const fs::path& folder, const Tokenizer& tokenizer) {
  Json tokens = Json::object();
  for (const auto& [role, token] : read_tokenizer_config(folder).roles)
    if (token) tokens[role] = token->content;
  if (const auto bos = tokenizer.bos_id()) tokens["bos_token"] = tokenizer.token_bytes(*bos);
  if (const auto eos = tokenizer.eos_id()) tokens["eos_token"] = tokenizer.token_bytes(*eos);
  return tokens;
}

ChatTemplateSource require_template(const fs::path& folder) {
  auto source = find_chat_template(folder);
  if (!source)
    throw Error::bad_input(folder.string(), "the folder has no chat template")
        .expected("chat_template.jinja, or chat_template in tokenizer_config.json")
        .remedy("choose a named template, or write a text file with {instruction} and give it to --template");
  return *std::move(source);
}

/// tokenizer_config.json may hold several templates by name.
std::optional<std::string> default_of(const Json& list, const JsonFields& fields) {
  for (const Json& entry : list) {
    const JsonFields named(entry, fields.file(), fields.path_of("chat_template"));
    if (named.string("name") == "default") return named.string("template");
  }
  return std::nullopt;
}

std::string leading_bos(const Tokenizer& tokenizer) {
  const auto bos = tokenizer.bos_id();
  const auto ids = tokenizer.encode("", true);
  return bos && !ids.empty() && ids.front() == *bos ? tokenizer.token_bytes(*bos) : "";
}

}  // namespace

ChatTemplate::ChatTemplate(const std::string& source, std::string file, Json special_tokens)
    : file_(std::move(file)), special_tokens_(std::move(special_tokens)) {
  if (utf8::find_invalid(source) != std::string::npos)
    throw Error::bad_input(file_, "the chat template is not valid UTF-8");
  statements_ = jinja::parse_template(source, file_);
}

std::string ChatTemplate::render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                                 const jinja::Clock& clock) const {
  Json variables = special_tokens_;
  variables["messages"] = Json::array();
  for (const auto& [role, content] : messages)
    variables["messages"].push_back({{"role", role}, {"content", content}});
  variables["add_generation_prompt"] = add_generation_prompt;
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  return jinja::run_template(statements_, variables, clock, file_);
}

std::optional<ChatTemplateSource> find_chat_template(const fs::path& folder) {
  const fs::path own = folder / "chat_template.jinja";
  if (fs::is_regular_file(own)) return ChatTemplateSource{read_file(own, max_template_bytes), own.string()};
  const fs::path path = folder / "tokenizer_config.json";
  if (!fs::is_regular_file(path)) return std::nullopt;
  const Json json = read_json_file(path, std::uint64_t{64} << 20, HugeIntegers::as_double);
  const JsonFields fields(json, path.string());
  if (!fields.has("chat_template")) return std::nullopt;
  const Json& value = fields.at("chat_template");
  const auto text = value.is_array() ? default_of(value, fields) : fields.string("chat_template");
  if (!text) return std::nullopt;
  if (text->size() > max_template_bytes)
    throw Error::bad_input(path.string(), "the chat template is too long").field("chat_template");
  return ChatTemplateSource{*text, path.string()};
}

ChatPrompt::ChatPrompt(const fs::path& folder)
    : template_([&] {
        const auto source = require_template(folder);
        const auto tokenizer = load_tokenizer(folder);
        bos_ = leading_bos(*tokenizer);
        return ChatTemplate(source.text, source.file, special_tokens_of(folder, *tokenizer));
      }()) {
  const std::time_t now = std::time(nullptr);
  localtime_r(&now, &day_);
  render("text", [this] {  // so that what is outside the subset is found before any work
    writes_date_ = true;
    return day_;
  });
}

std::string ChatPrompt::render(const std::string& user, const jinja::Clock& clock) const {
  std::string text = template_.render({{"user", user}}, true, clock);
  if (!bos_.empty() && text.starts_with(bos_)) text.erase(0, bos_.size());
  return text;
}

std::string ChatPrompt::apply(const std::string& user) const {
  return render(user, [this] { return day_; });
}

std::string describe_chat_template(const fs::path& folder) {
  try {
    const auto source = find_chat_template(folder);
    if (!source) return "";
    const std::string name = fs::path(source->file).filename().string();
    try {
      if (ChatPrompt{folder}.writes_date())
        return name + ", can be used (--template FOLDER), but writes today's date: prompts differ by the day";
    } catch (const Error& error) {
      return fmt::format("{}, cannot be used: {}{}{}", name, error.problem(),
                         error.found_value().empty() ? "" : ": " + error.found_value(),
                         error.field_name().empty() ? "" : " (" + error.field_name() + ")");
    }
    return name + ", can be used (--template FOLDER)";
  } catch (const Error& error) {
    return "cannot be read: " + error.problem();
  }
}

}  // namespace tauscope
