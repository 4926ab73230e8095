// What lies in a folder, and what each thing is to this program. Never throws on what it finds there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tauscope::gui {

enum class PathKind : std::uint8_t {
  folder,
  checkpoint,
  analysis,
  evaluation,
  run,
  data,
  logits,
  spec,
  other,
  missing
};

/// "checkpoint", "analysis", "evaluation", "run", "data file", "logits", "folder", "file", "nothing there".
const char* kind_name(PathKind kind);

/// By a look at the outside: config.json, manifest.json or evaluation.json within, the ending of the name.
PathKind kind_of_path(const std::filesystem::path& path);

/// One line about a checkpoint or an analysis, from its small JSON file: "llama, 4 layers, 256 wide,
/// vocabulary 4096". Empty where nothing can be told.
std::string describe_path(const std::filesystem::path& path);

struct FolderEntry {
  std::filesystem::path path;
  std::string name;  ///< bytes as the file system has them
  PathKind kind = PathKind::other;
  std::uintmax_t bytes = 0;  ///< of a file
};

struct FolderListing {
  std::filesystem::path folder;      ///< absolute
  std::vector<FolderEntry> entries;  ///< folders first, then by name
  std::string error;                 ///< why it could not be read; entries are empty then
  std::size_t left_out = 0;          ///< entries beyond the bound on one listing
};

FolderListing list_folder(const std::filesystem::path& folder, bool hidden = false);

/// "~" and relative paths made absolute and plain; the path itself where that cannot be done.
std::filesystem::path absolute_path(const std::string& typed);

std::string bytes_text(std::uintmax_t bytes);  ///< "1.2 MB"

}  // namespace tauscope::gui
