// Where the window saves what nobody named a place for.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tauscope::gui {

/// "TauScope" in the user's documents folder (XDG), or the working directory where there is none.
std::filesystem::path export_folder();

/// export_folder()/name.ext, or name-2.ext, … where files of that name exist: nothing is overwritten unasked.
std::filesystem::path default_export_path(std::string_view name, std::string_view ext);

/// export_folder()/stem, or stem-2, …: a name that is not taken.
std::string free_folder(const std::string& stem);

}  // namespace tauscope::gui
