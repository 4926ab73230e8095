#include "app/gui/export_path.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace tauscope::gui {

namespace fs = std::filesystem;

namespace {

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? fs::path(value) : fs::path();
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return path.is_absolute() && fs::is_directory(path, error);
}

/// XDG_DOCUMENTS_DIR="$HOME/Documents" in the file that xdg-user-dirs writes.
fs::path documents_folder() {
  if (const fs::path named = variable("XDG_DOCUMENTS_DIR"); is_folder(named)) return named;
  const fs::path home = variable("HOME");
  if (!is_folder(home)) return {};
  const fs::path config = variable("XDG_CONFIG_HOME");
  std::ifstream file((is_folder(config) ? config : home / ".config") / "user-dirs.dirs");
  constexpr std::string_view key = "XDG_DOCUMENTS_DIR=\"";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key) || !line.ends_with('"') || line.size() <= key.size()) continue;
    std::string value = line.substr(key.size(), line.size() - key.size() - 1);
    if (value.starts_with("$HOME/")) value = (home / value.substr(6)).string();
    if (is_folder(value)) return value;
  }
  return is_folder(home / "Documents") ? home / "Documents" : fs::path();
}

}  // namespace

fs::path export_folder() {
  const fs::path documents = documents_folder();
  std::error_code error;
  return documents.empty() ? fs::current_path(error) : documents / "TauScope";
}

fs::path default_export_path(std::string_view name, std::string_view ext) {
  const fs::path folder = export_folder();
  std::error_code error;
  for (int n = 1;; ++n) {
    const fs::path path =
        folder / (n == 1 ? fmt::format("{}.{}", name, ext) : fmt::format("{}-{}.{}", name, n, ext));
    if (!fs::exists(path, error)) return path;
  }
}

std::string free_folder(const std::string& stem) {
  const fs::path base = export_folder();
  fs::path path = base / stem;
  std::error_code error;
  for (int n = 2; fs::exists(path, error) && n < 1000; ++n)
    path = base / fmt::format("{}-{}", stem, n);
  return path.string();
}

}  // namespace tauscope::gui
