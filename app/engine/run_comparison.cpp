#include "app/engine/run_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "core/base/error.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

/// The run that a folder is, or that its scores belong to.
std::optional<fs::path> run_of(const fs::path& folder) {
  const fs::path clean = fs::absolute(folder).lexically_normal();
  const fs::path own = clean.has_filename() ? clean : clean.parent_path();
  for (const fs::path& one : {own, own.parent_path()})
    if (is_run_folder(one)) return one;
  return std::nullopt;
}

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "none" : value.dump();
}

/// Every setting and control by its dotted name.
std::map<std::string, Json> facts_of(const RunRecord& record) {
  std::map<std::string, Json> facts;
  const auto add = [&](const std::string& prefix, const Json& values) {
    const Json flat = values.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      std::string key = pointer.substr(1);
      std::replace(key.begin(), key.end(), '/', '.');
      facts[prefix + key] = value;
    }
  };
  add("", to_json(record.spec));
  if (!record.controls.empty()) add("controls.", record.controls);
  facts.erase("name");
  return facts;
}

Json value_in(const std::map<std::string, Json>& facts, const std::string& key) {
  const auto known = facts.find(key);
  return known == facts.end() ? Json() : known->second;
}

/// Where a control tells by content what a path tells by name, the name does not matter.
void drop_paths(std::map<std::string, Json>& facts) {
  for (const auto& [path, control] :
       {std::pair{"data.train", "controls.train"}, std::pair{"data.validation", "controls.validation"},
        std::pair{"teacher.path", "controls.teacher"}, std::pair{"student.path", "controls.initial_weights"}})
    if (facts.contains(control)) facts.erase(path);
}

}  // namespace

void name_runs(std::vector<ScoredFolder>& folders) {
  std::map<std::string, int> used;
  for (const ScoredFolder& folder : folders)
    if (folder.name.empty() && is_run_folder(folder.folder)) ++used[read_run(folder.folder).spec.name];
  for (ScoredFolder& folder : folders) {
    if (!is_run_folder(folder.folder)) continue;
    const fs::path run = *run_of(folder.folder);
    if (folder.name.empty()) {
      const std::string name = read_run(run).spec.name;
      folder.name = used[name] > 1 ? run.filename().string() : name;
    }
    std::error_code absent;
    if (!fs::exists(run / "eval", absent))
      throw Error::bad_input(run.string(), "the run has no scores")
          .remedy("give it [data] validation, or score its checkpoint with `tauscope eval`");
    folder.folder = run / "eval";
  }
}

std::vector<std::string> run_differences(const std::vector<ScoredFolder>& folders) {
  std::vector<std::pair<std::string, std::map<std::string, Json>>> runs;
  std::map<std::string, Json> all;
  for (const ScoredFolder& folder : folders) {
    const auto run = run_of(folder.folder);
    if (!run) continue;
    runs.emplace_back(folder.name, facts_of(read_run(*run)));
    drop_paths(runs.back().second);
    for (const auto& [key, value] : runs.back().second)
      all[key] = value;
  }
  std::vector<std::string> lines;
  for (const auto& [key, unused] : all) {
    std::string line;
    bool differs = false;
    const Json first = value_in(runs.front().second, key);
    for (const auto& [name, facts] : runs) {
      const Json value = value_in(facts, key);
      differs = differs || value != first;
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, value_text(value).substr(0, 40));
    }
    if (differs) lines.push_back(key + ": " + line);
  }
  return lines;
}

}  // namespace tauscope
