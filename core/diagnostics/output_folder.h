// The folder an analysis writes to: what is there already is kept unless the user says otherwise.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tauscope {

/// Throws Error::failed if `folder` cannot become the output: it is a file, or it holds anything and `force`
/// is not given. Changes nothing, so that a command can ask before it loads its models.
void check_output_folder(const std::filesystem::path& folder, bool force);

/// check_output_folder, then makes the folder (with its parents), proves that it can be written, and, with
/// `force`, removes the files of an analysis that is there: manifest.json first, so that a mixture is never
/// taken for a whole, then what it lists. Files that no analysis wrote stay.
void open_output_folder(const std::filesystem::path& folder, bool force);

/// Is `relative` ("figures/x.svg", always with '/') a name that an analysis writes, other than manifest.json?
bool is_analysis_file(const std::string& relative);

/// The files of an analysis that are in `folder`, relative to it, sorted; manifest.json is not among them.
std::vector<std::string> analysis_files(const std::filesystem::path& folder);

}  // namespace tauscope
