#include "core/report/manifest_text.h"

#include <algorithm>
#include <cctype>

namespace tauscope {

const Json& member(const Json& json, const std::string& path) {
  static const Json null;
  const Json* at = &json;
  std::size_t from = 0;
  while (true) {
    const std::size_t slash = path.find('/', from);
    const std::string key = path.substr(from, slash - from);
    if (!at->is_object()) return null;
    const auto it = at->find(key);
    if (it == at->end()) return null;
    at = &*it;
    if (slash == std::string::npos) return *at;
    from = slash + 1;
  }
}

std::string text_of(const Json& json, const std::string& path) {
  const Json& value = member(json, path);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return "";
}

bool tau_squared(const Json& manifest) {
  return text_of(manifest, "spec/tau_scaling") != "none";
}

std::string scaling_text(const Json& manifest) {
  return tau_squared(manifest) ? "τ² scaling" : "no τ² scaling";
}

std::string provenance_text(const Json& manifest) {
  std::string out =
      "TauScope " + (text_of(manifest, "tauscope_version").empty() ? std::string(TAUSCOPE_VERSION)
                                                                   : text_of(manifest, "tauscope_version"));
  const auto add = [&out](const std::string& name, const std::string& value) {
    if (!value.empty()) out.append("; ").append(name).append(" ").append(value);
  };
  const auto model = [](const Json& json) {
    std::string name = text_of(json, "name");
    const std::string hash = text_of(json, "sha256").substr(0, 12);
    return hash.empty() ? name : name.append(" (sha256 ").append(hash).append("…)");
  };
  add("teacher", model(member(manifest, "source/teacher")));
  const Json& students = member(manifest, "source/students");
  if (students.is_array())
    for (const Json& student : students)
      add("student", model(student));
  add("data sha256", text_of(manifest, "source/data/sha256").substr(0, 12));
  add("dominant set", text_of(manifest, "spec/dominant"));
  if (member(manifest, "spec").is_object()) add("gradients with", scaling_text(manifest));
  add("positions", text_of(manifest, "counts/positions"));
  add("computed", text_of(manifest, "created_utc"));
  if (text_of(manifest, "status") == "partial") out += "; PARTIAL";
  return out;
}

std::string command_text(const Json& manifest) {
  const Json& command = member(manifest, "command");
  std::string out;
  if (!command.is_array()) return out;
  for (const Json& part : command) {
    if (!part.is_string()) continue;
    const std::string word = part.get<std::string>();
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return std::isalnum(c) ||
             std::string_view("_-./=:,@%+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (!out.empty()) out += ' ';
    if (plain) {
      out += word;
      continue;
    }
    out += '\'';
    for (const char c : word)
      out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += '\'';
  }
  return out;
}

}  // namespace tauscope
