#include "app/cli/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <sstream>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  return name.size() > 1 ? command.get_option_no_throw("--" + name) : nullptr;
}

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}
bool is_repeated(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

bool was_given(const std::vector<std::string>& given, const std::string& name) {
  const std::string flag = "--" + name;
  return std::any_of(given.begin(), given.end(), [&](const std::string& argument) {
    return argument == flag || argument.compare(0, flag.size() + 1, flag + "=") == 0;
  });
}

std::string scalar_text(const toml::node& node, const std::string& file, const std::string& key) {
  if (const auto text = node.as_string()) return text->get();
  if (const auto number = node.as_integer()) return std::to_string(number->get());
  if (const auto number = node.as_floating_point()) return format_number(number->get());
  if (const auto truth = node.as_boolean()) return truth->get() ? "true" : "false";
  throw Error::bad_input(fmt::format("{}:{}", file, node.source().begin.line),
                         "the value has a type that no option takes")
      .field(key)
      .expected("a string, a number, true or false, or a list of these");
}

void append_setting(std::vector<std::string>& arguments, const CLI::Option& option, const std::string& name,
                    const toml::node& node, const std::string& file) {
  const std::string flag = "--" + name;
  if (const auto* list = node.as_array()) {
    std::string joined;
    for (const auto& element : *list) {
      const std::string text = scalar_text(element, file, name);
      if (is_repeated(option)) {
        arguments.push_back(flag + "=" + text);
      } else {
        joined += (joined.empty() ? "" : ",") + text;
      }
    }
    if (!is_repeated(option)) arguments.push_back(flag + "=" + joined);
    return;
  }
  arguments.push_back(flag + "=" + scalar_text(node, file, name));
}

std::string option_name(std::string_view key) {
  std::string name(key);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

class SettingsCollector {
 public:
  SettingsCollector(const CLI::App& command, const std::vector<std::string>& given,
                    const std::set<std::string>& known_options, const std::set<std::string>& known_commands)
      : command_(command), given_(given), known_options_(known_options), known_commands_(known_commands) {}

  void add_environment() {
    for (const CLI::Option* option : command_.get_options()) {
      if (option->get_lnames().empty()) continue;
      const std::string name = option->get_lnames().front();
      std::string variable = "TAUSCOPE_" + name;
      std::replace(variable.begin(), variable.end(), '-', '_');
      std::transform(variable.begin(), variable.end(), variable.begin(),
                     [](unsigned char c) { return std::toupper(c); });
      const char* value = std::getenv(variable.c_str());
      if (value == nullptr || *value == '\0' || was_given(given_, name)) continue;
      arguments_.push_back("--" + name + "=" + value);
      set_.insert(name);
    }
  }

  void add_file(const std::filesystem::path& path) {
    toml::table table;
    try {
      table = toml::parse_file(path.string());
    } catch (const toml::parse_error& error) {
      throw Error::bad_input(fmt::format("{}:{}", path.string(), error.source().begin.line),
                             std::string("not valid TOML: ") + std::string(error.description()))
          .remedy("correct the file, or leave out --config");
    }
    std::set<std::string> set_here;  // a table of the command is stronger than the top level of the same file
    for (const auto& [key, node] : table) {
      const std::string_view key_text = key.str();
      if (const auto* section = node.as_table();
          section && known_commands_.count(std::string(key_text)) != 0) {
        if (key_text == command_.get_name()) add_table(*section, path.string(), set_here, true);
      }
    }
    add_table(table, path.string(), set_here, false);
    set_.merge(set_here);
  }

  std::vector<std::string> take() { return std::move(arguments_); }

 private:
  void add_table(const toml::table& table, const std::string& file, std::set<std::string>& set_here,
                 bool in_section) {
    for (const auto& [key, node] : table) {
      if (!in_section && node.is_table() && known_commands_.count(std::string(key.str())) != 0) continue;
      const std::string name = option_name(key.str());
      const CLI::Option* option = find_option(command_, name);
      if (option == nullptr) {
        if (!in_section && known_options_.count(name) != 0) continue;  // meant for another command
        throw Error::bad_input(fmt::format("{}:{}", file, node.source().begin.line), "unknown setting")
            .field(std::string(key.str()))
            .expected(in_section ? "the name of an option of `tauscope " + command_.get_name() + "`"
                                 : "the name of an option of some command, or a table named like a command")
            .remedy("`tauscope " + command_.get_name() + " --help` lists the options");
      }
      if (was_given(given_, name) || set_.count(name) != 0 || set_here.count(name) != 0) continue;
      if (is_flag(*option) && !node.is_boolean()) {
        throw Error::bad_input(fmt::format("{}:{}", file, node.source().begin.line),
                               "this setting is a switch")
            .field(std::string(key.str()))
            .expected("true or false");
      }
      append_setting(arguments_, *option, name, node, file);
      set_here.insert(name);
    }
  }

  const CLI::App& command_;
  const std::vector<std::string>& given_;
  const std::set<std::string>&known_options_, &known_commands_;
  std::vector<std::string> arguments_;
  std::set<std::string> set_;  ///< options that a stronger source has set
};

std::optional<std::filesystem::path> run_file(const std::vector<std::string>& given) {
  std::optional<std::filesystem::path> path;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--config" && i + 1 < given.size()) path = given[i + 1];
    if (given[i].rfind("--config=", 0) == 0) path = given[i].substr(9);
  }
  return path;
}

}  // namespace

std::filesystem::path user_settings_file() {
  if (const char* home = std::getenv("XDG_CONFIG_HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / "tauscope" / "config.toml";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "") / ".config" / "tauscope" / "config.toml";
}

std::vector<std::string> settings_arguments(const CLI::App& command, const std::vector<std::string>& given,
                                            const std::set<std::string>& known_options,
                                            const std::set<std::string>& known_commands) {
  SettingsCollector collector(command, given, known_options, known_commands);
  collector.add_environment();
  if (const auto path = run_file(given)) {
    if (!std::filesystem::exists(*path)) throw Error::usage("--config: there is no file " + path->string());
    collector.add_file(*path);
  }
  std::error_code ignored;
  if (const auto path = user_settings_file(); std::filesystem::exists(path, ignored))
    collector.add_file(path);
  return collector.take();
}

}  // namespace tauscope
