// What the window remembers from one start to the next.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/json.h"

namespace tauscope::gui {

/// {"format": "tauscope-window", "version": 1, "session": …, "layout": …, "width": …, "height": …}
struct SavedState {
  Json session, layout;
  int width = 0, height = 0;  ///< 0: none
};

/// Absent where there is no file. A file that is broken, or another version's, is renamed to FILE.broken and
/// `problem` says so: a start never fails for it.
std::optional<SavedState> load_state(const std::filesystem::path& file, std::string& problem);

/// Renames a file whose content turned out to be of no use.
std::string put_aside(const std::filesystem::path& file, const std::string& why);

/// Atomically, making its folder where needed. Throws Error.
void save_state(const std::filesystem::path& file, const SavedState& state);

}  // namespace tauscope::gui
