#include "app/gui/folder_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

#include "app/session/evaluation.h"
#include "core/base/files.h"
#include "core/base/json.h"

namespace tauscope::gui {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_entries = 5000;

/// Case-blind ASCII order: checkpoint-2 before checkpoint-10 where digits meet.
bool natural_less(const std::string& a, const std::string& b) {
  std::size_t i = 0, j = 0;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const std::size_t i0 = a.find_first_not_of('0', i), j0 = b.find_first_not_of('0', j);
      std::size_t i1 = std::min(i0, a.size()), j1 = std::min(j0, b.size());
      const std::size_t is = i1, js = j1;
      while (i1 < a.size() && digit(a[i1]))
        ++i1;
      while (j1 < b.size() && digit(b[j1]))
        ++j1;
      if (i1 - is != j1 - js) return i1 - is < j1 - js;
      const int order = a.compare(is, i1 - is, b, js, j1 - js);
      if (order != 0) return order < 0;
      i = i1;
      j = j1;
      continue;
    }
    if (lower(a[i]) != lower(b[j])) return lower(a[i]) < lower(b[j]);
    ++i;
    ++j;
  }
  return a.size() - i != b.size() - j ? a.size() - i < b.size() - j : a < b;
}

bool is_folder_kind(PathKind kind) {
  return kind == PathKind::folder || kind == PathKind::checkpoint || kind == PathKind::analysis ||
         kind == PathKind::evaluation || kind == PathKind::run;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

PathKind kind_of_folder(const fs::path& path) {
  if (is_there(path / "config.json")) return PathKind::checkpoint;
  if (is_there(path / "manifest.json")) return PathKind::analysis;
  if (is_there(path / evaluation_file)) return PathKind::evaluation;
  if (is_there(path / "spec.json")) return PathKind::run;
  return PathKind::folder;
}

PathKind kind_of_file(const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".safetensors") return PathKind::logits;
  if (ending == ".toml") return PathKind::spec;
  if (ending == ".jsonl" || ending == ".json") return PathKind::data;
  return PathKind::other;
}

std::string whole_number(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_number_integer() ? std::to_string(json[key].get<std::int64_t>())
                                                             : "";
}

std::string first_of(const Json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (std::string found = whole_number(json, key); !found.empty()) return found;
  }
  return "";
}

std::string describe_checkpoint(const Json& config) {
  std::string out = config.contains("model_type") && config["model_type"].is_string()
                        ? config["model_type"].get<std::string>()
                        : std::string("unknown kind");
  const auto add = [&](const char* before, const std::string& number, const char* after) {
    if (!number.empty()) out += fmt::format(", {}{}{}", before, number, after);
  };
  add("", first_of(config, {"num_hidden_layers", "n_layer", "num_layers"}), " layers");
  add("", first_of(config, {"hidden_size", "n_embd", "d_model"}), " wide");
  add("vocabulary ", first_of(config, {"vocab_size"}), "");
  return out;
}

std::string describe_analysis(const Json& manifest) {
  if (!manifest.contains("format") || manifest["format"] != "tauscope-analysis")
    return "not an analysis of this program";
  std::string out = manifest.contains("created_utc") && manifest["created_utc"].is_string()
                        ? "made " + manifest["created_utc"].get<std::string>()
                        : std::string("analysis");
  if (manifest.contains("counts") && manifest["counts"].is_object()) {
    if (const std::string n = whole_number(manifest["counts"], "examples"); !n.empty())
      out += ", " + n + " examples";
  }
  if (manifest.contains("status") && manifest["status"] == "partial") out += ", partial";
  return out;
}

std::string describe_evaluation(const Json& json) {
  const Json spec = json.is_object() ? json.value("spec", Json()) : Json();
  if (!spec.is_object()) return "not an evaluation of this program";
  const auto count = [&](const char* key) { return spec.value(key, Json::array()).size(); };
  return fmt::format("{} checkpoints, {} sets{}", count("models"), count("sets"),
                     json.value("complete", false) ? "" : ", unfinished");
}

std::string describe_run(const Json& json) {
  const Json spec = json.is_object() ? json.value("spec", Json()) : Json();
  if (!spec.is_object()) return "not a run of this program";
  const Json objective = spec.value("objective", Json::object());
  return fmt::format("{}: {}", spec.value("name", "run"), objective.value("name", "?"));
}

}  // namespace

const char* kind_name(PathKind kind) {
  constexpr std::array names{"folder",    "checkpoint", "analysis", "evaluation", "run",
                             "data file", "logits",     "spec",     "file",       "nothing there"};
  return names.at(static_cast<std::size_t>(kind));
}

PathKind kind_of_path(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) return PathKind::missing;
  return fs::is_directory(status) ? kind_of_folder(path) : kind_of_file(path);
}

std::string describe_path(const fs::path& path) {
  constexpr std::uint64_t most_bytes = 4 << 20;  // a config is small; what is not is no config
  try {
    switch (kind_of_path(path)) {
      case PathKind::checkpoint:
        return describe_checkpoint(Json::parse(read_file(path / "config.json", most_bytes)));
      case PathKind::analysis:
        return describe_analysis(Json::parse(read_file(path / "manifest.json", most_bytes)));
      case PathKind::evaluation:
        return describe_evaluation(Json::parse(read_file(path / evaluation_file, most_bytes)));
      case PathKind::run:
        return describe_run(Json::parse(read_file(path / "spec.json", most_bytes)));
      case PathKind::data:
      case PathKind::logits:
      case PathKind::spec:
      case PathKind::other:
        return bytes_text(fs::file_size(path));
      case PathKind::folder:
      case PathKind::missing:
        return "";
    }
  } catch (const std::exception&) {
    return "cannot be read";  // said in full by whoever opens it
  }
  return "";
}

FolderListing list_folder(const fs::path& folder, bool hidden) {
  FolderListing listing;
  listing.folder = folder;
  std::error_code error;
  fs::directory_iterator at(folder, fs::directory_options::none, error);
  if (error) {
    listing.error = error.message();
    return listing;
  }
  for (; at != fs::directory_iterator(); at.increment(error)) {
    FolderEntry entry{at->path(), at->path().filename().string(), PathKind::other, 0};
    if (!hidden && !entry.name.empty() && entry.name.front() == '.') continue;
    if (listing.entries.size() == most_entries) {
      ++listing.left_out;
      continue;
    }
    entry.kind = kind_of_path(entry.path);
    std::error_code no_size;
    if (!is_folder_kind(entry.kind) && entry.kind != PathKind::missing) entry.bytes = at->file_size(no_size);
    if (no_size) entry.bytes = 0;
    listing.entries.push_back(std::move(entry));
    if (error) break;
  }
  if (error) listing.error = error.message();
  std::sort(listing.entries.begin(), listing.entries.end(), [](const FolderEntry& a, const FolderEntry& b) {
    const bool folder_a = is_folder_kind(a.kind), folder_b = is_folder_kind(b.kind);
    return folder_a != folder_b ? folder_a : natural_less(a.name, b.name);
  });
  return listing;
}

fs::path absolute_path(const std::string& typed) {
  fs::path path = typed;
  if (!typed.empty() && typed.front() == '~' && (typed.size() == 1 || typed[1] == '/')) {
    if (const char* home = std::getenv("HOME"))
      path = fs::path(home) / typed.substr(std::min<std::size_t>(2, typed.size()));
  }
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return path;
  fs::path plain = absolute.lexically_normal();
  if (!plain.has_filename() && plain.has_parent_path() && plain != plain.root_path())
    plain = plain.parent_path();
  return plain;
}

std::string bytes_text(std::uintmax_t bytes) {
  double size = static_cast<double>(bytes);
  for (const char* unit : {"B", "kB", "MB", "GB"}) {
    if (size < 1000) return fmt::format("{:.{}f} {}", size, size < 10 && *unit != 'B' ? 1 : 0, unit);
    size /= 1000;
  }
  return fmt::format("{:.1f} TB", size);
}

}  // namespace tauscope::gui
