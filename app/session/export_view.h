// What is shown, as files and as text: figures with the user's zoom and hidden series, tables, the command
// line.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "app/session/view_tables.h"
#include "core/base/progress.h"
#include "core/report/analysis_figures.h"

namespace tauscope {

/// One figure into `path`, whose ending decides: .png, .svg, .pdf or .csv. Folders are made, a file that is
/// there is replaced. Throws Error.
void save_figure(const Figure& figure, Size size, const std::filesystem::path& path);

/// .csv, .md or .tex; as save_figure.
void save_table(const ViewTable& table, const std::filesystem::path& path);

/// Everything that can be exported now: plain values, so that a worker can write them.
struct ExportSet {
  std::vector<NamedFigure> figures;
  std::vector<std::pair<std::string, ViewTable>> tables;
  Json session;                       ///< view.json: what is open and how it is looked at
  std::vector<std::string> left_out;  ///< "compare_scatter: why"
};
ExportSet export_set(const Session& session);

/// `folder`, or folder-2, folder-3, …: the first that is not there or empty.
std::filesystem::path free_folder(const std::filesystem::path& folder);

/// figures/*.{png,svg,pdf,csv}, tables/*.{csv,md,tex}, view.json. Returns how many files were written. Throws
/// Error.
std::size_t write_export(const ExportSet& set, const std::filesystem::path& folder, ProgressSink& progress,
                         std::stop_token stop);

/// The temperatures of an analysis that is started from the window.
const std::vector<double>& analysis_taus();

/// The `tauscope analyze …` that repeats what is open with the settings of the view, quoted for a shell; for
/// a run, the command that made it. Throws Error::usage where nothing is open.
std::string command_line(const Session& session);

}  // namespace tauscope
