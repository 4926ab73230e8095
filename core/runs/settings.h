// What somebody wrote in a spec file or after --set, value by value, each with the place where it stands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"

namespace tauscope {

/// One value. Tables are taken apart: [optimizer] clip_norm = 1 is the key "optimizer.clip_norm".
struct Setting {
  std::string key;
  Json value;         ///< string, number, boolean or array of these; an empty table is an empty object
  std::string place;  ///< "spec.toml:12", or "--set optimizer.clip_norm"
  std::filesystem::path base;  ///< what a relative path is relative to
  int rank = 0;                ///< the value of the highest rank counts; an override is stronger than a file
  std::string written;         ///< of an override: its text, for keys whose value is a text
};

/// The settings of a TOML file, or of a JSON file with the same tables (the extension says which; a run's
/// spec.json is read too, from its member "spec"). Paths in it are relative to its folder; null in JSON is no
/// setting. Throws an Error of kind usage naming file and line: no such file, not TOML (also where a key
/// stands twice), dates and times.
std::vector<Setting> read_settings(const std::filesystem::path& file);

/// Those of JSON that is in memory; paths that are relative stay so.
std::vector<Setting> settings_from_json(const Json& json, const std::string& file);

/// "key=value", the value as TOML has it; what is not TOML is a text, so that quotes may be left out. An
/// inline table is taken apart. Paths are relative to the current folder. Throws an Error of kind usage.
std::vector<Setting> parse_override(std::string_view text, int rank = 1);

/// An error about one setting.
Error setting_error(const Setting& setting, std::string problem);

/// "the text "x"", "the number 3", "a list", for messages.
std::string described_setting(const Json& value);

}  // namespace tauscope
