#include "core/diagnostics/output_folder.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "core/base/error.h"
#include "core/diagnostics/manifest.h"
#include "core/diagnostics/temporary_file.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr std::array own_files = {"tokens.csv",     "tokens.csv.gz", "summary.csv",
                                  "histogram.csv",  "examples.csv",  "vocabulary.csv",
                                  "head_curve.csv", "report.html",   "report.md"};
constexpr std::array<const char*, 2> own_folders = {"figures/", "logits/"};

Error cannot_use(const fs::path& path, const char* what, const std::error_code& code) {
  if (code == std::errc::no_space_on_device) return Error::exhausted(path.string(), "the disk is full");
  return Error::failed(path.string(), std::string(what) + ": " + code.message())
      .remedy("check the permissions, or choose another output folder");
}

void remove_file(const fs::path& path) {
  std::error_code failure;
  fs::remove(path, failure);
  if (failure) throw cannot_use(path, "the old file cannot be removed", failure);
}

/// A manifest that cannot be read lists nothing: its folder's files are then overwritten one by one, not
/// removed.
std::vector<std::string> listed_files(const fs::path& folder) {
  std::vector<std::string> files;
  try {
    for (const auto& file : read_manifest(folder).files)
      files.push_back(file.path);
  } catch (const Error&) {
  }
  return files;
}

}  // namespace

bool is_analysis_file(const std::string& relative) {
  if (std::find(own_files.begin(), own_files.end(), relative) != own_files.end()) return true;
  return std::any_of(own_folders.begin(), own_folders.end(),
                     [&](const char* prefix) { return relative.rfind(prefix, 0) == 0; });
}

std::vector<std::string> analysis_files(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string relative = entry.path().lexically_relative(folder).generic_string();
    const bool unfinished = entry.path().extension() == ".partial";
    if (entry.is_regular_file() && !unfinished && is_analysis_file(relative)) files.push_back(relative);
  }
  std::sort(files.begin(), files.end());
  return files;
}

void check_output_folder(const fs::path& folder, bool force) {
  std::error_code failure;
  const auto status = fs::status(folder, failure);
  if (status.type() == fs::file_type::not_found) return;
  if (failure) throw cannot_use(folder, "the output folder cannot be looked at", failure);
  if (!fs::is_directory(status))
    throw Error::failed(folder.string(), "the output exists and is not a folder");
  const bool empty = fs::is_empty(folder, failure);
  if (failure) throw cannot_use(folder, "the output folder cannot be looked at", failure);
  if (!empty && !force) {
    throw Error::failed(folder.string(), "the output folder is not empty; nothing in it was changed")
        .remedy("choose another folder, or replace what is there with --force");
  }
}

void open_output_folder(const fs::path& folder, bool force) {
  check_output_folder(folder, force);
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw cannot_use(folder, "the output folder cannot be made", failure);
  TemporaryFile{folder};
  const auto old_files = listed_files(folder);
  remove_file(folder / "manifest.json");
  for (const auto& file : old_files) {
    if (is_analysis_file(file)) remove_file(folder / file);
  }
}

}  // namespace tauscope
