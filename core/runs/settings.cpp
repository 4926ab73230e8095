#include "core/runs/settings.h"

#include <fmt/format.h>

#include <set>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "core/base/files.h"
#include "core/base/message.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_spec_bytes = std::uint64_t{1} << 20;

Error spec_error(std::string file, std::string problem) {
  return {ErrorKind::usage, std::move(file), std::move(problem)};
}

/// Takes the tables of one source apart.
class Flattener {
 public:
  Flattener(std::string file, fs::path base, int rank)
      : file_(std::move(file)), base_(std::move(base)), rank_(rank) {}

  void add(const std::string& key, const toml::node& node) {
    if (const auto* table = node.as_table(); table != nullptr && !table->empty()) {
      for (const auto& [name, member] : *table)
        add(joined(key, name.str()), member);
      return;
    }
    add_value(key, value_of(key, node), place(node));
  }

  void add(const std::string& key, const Json& value) {
    if (value.is_null()) return;
    if (!value.is_object() || value.empty()) return add_value(key, value, file_);
    for (const auto& [name, member] : value.items())
      add(joined(key, name), member);
  }

  std::vector<Setting> take() { return std::move(settings_); }

 private:
  static std::string joined(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : prefix + "." + std::string(name);
  }

  std::string place(const toml::node& node) const {
    return rank_ > 0 ? file_ : fmt::format("{}:{}", file_, node.source().begin.line);
  }

  Json value_of(const std::string& key, const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* truth = node.as_boolean()) return truth->get();
    if (node.is_table()) return Json::object();
    if (const auto* list = node.as_array()) {
      Json values = Json::array();
      for (const auto& element : *list) {
        if (element.is_table())
          values.push_back(Json::object());  // only its type matters: no setting is a list of tables
        else
          values.push_back(value_of(key, element));
      }
      return values;
    }
    throw spec_error(place(node), "a date or a time; no setting is one")
        .field(key)
        .remedy("a text stands between quotes");
  }

  void add_value(const std::string& key, Json value, std::string place) {
    Setting setting{key, std::move(value), std::move(place), base_, rank_, ""};
    // TOML refuses a key that stands twice, but not one that is quoted here ("a.b") and in a table there.
    if (!keys_.insert(key).second) throw setting_error(setting, "the key stands twice");
    settings_.push_back(std::move(setting));
  }

  std::string file_;
  fs::path base_;
  int rank_;
  std::set<std::string> keys_;
  std::vector<Setting> settings_;
};

toml::table parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw spec_error(fmt::format("{}:{}", file, error.source().begin.line),
                     fmt::format("not valid TOML: {}", error.description()))
        .remedy("texts stand between quotes, a key stands once, and a [table] holds the keys below it");
  }
}

/// The tables of a resolved spec, which a run's spec.json has as a member.
const Json& spec_member(const Json& document, const std::string& file) {
  if (!document.is_object()) throw spec_error(file, "is not an object").expected("the tables of a spec");
  const auto member = document.find("spec");
  return member != document.end() && member->is_object() ? *member : document;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// The value of an override as a TOML node, or nothing where it is not one.
std::optional<toml::table> override_table(const std::string& value) {
  if (value.find_first_of("\r\n") != value.npos) return std::nullopt;
  try {
    toml::table table = toml::parse("value = " + value);
    if (table.size() == 1 && table.contains("value")) return table;
  } catch (const toml::parse_error&) {
  }
  return std::nullopt;
}

bool looks_like_toml(const std::string& value) {
  return !value.empty() && std::string_view("\"'[{").find(value.front()) != std::string_view::npos;
}

}  // namespace

Error setting_error(const Setting& setting, std::string problem) {
  return spec_error(setting.place, std::move(problem)).field(setting.key);
}

std::string described_setting(const Json& value) {
  if (value.is_string()) return "the text " + in_quotes(value.get_ref<const std::string&>());
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_object()) return "a table";
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  return "the number " +
         shown(value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump());
}

std::vector<Setting> settings_from_json(const Json& json, const std::string& file) {
  Flattener flat(file, {}, 0);
  flat.add("", spec_member(json, file));
  return flat.take();
}

std::vector<Setting> read_settings(const fs::path& file) {
  const std::string name = file.string();
  std::error_code absent;
  if (!fs::exists(file, absent))
    throw spec_error(name, "there is no such file").expected("the spec of a run, in TOML");
  const std::string text = read_file(file, max_spec_bytes);
  Flattener flat(name, fs::absolute(file).parent_path(), 0);
  if (file.extension() == ".json")
    flat.add("", spec_member(parse_json(text, name), name));
  else
    flat.add("", parse_toml(text, name));
  auto settings = flat.take();
  // An empty file is an empty table under no name.
  std::erase_if(settings, [](const Setting& setting) { return setting.key.empty(); });
  return settings;
}

std::vector<Setting> parse_override(std::string_view text, int rank) {
  const std::size_t equals = text.find('=');
  const std::string key = trimmed(text.substr(0, equals));
  if (equals == text.npos || key.empty())
    throw Error::usage("--set: not a key with its value").found(in_quotes(text)).expected("key=value");
  const std::string value = trimmed(text.substr(equals + 1));
  const std::string place = "--set " + key;
  Flattener flat(place, fs::current_path(), rank);
  if (const auto table = override_table(value)) {
    flat.add(key, *table->get("value"));
  } else if (looks_like_toml(value)) {
    throw spec_error(place, "the value is not valid TOML").found(shown(value));
  } else {
    flat.add(key, Json(value));
  }
  auto settings = flat.take();
  for (Setting& setting : settings)
    if (settings.size() == 1) setting.written = value;
  return settings;
}

}  // namespace tauscope
