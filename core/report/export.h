// `tauscope export`: the figures and tables of an analysis that was run before, drawn again.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/report/analysis_figures.h"

namespace tauscope {

struct ExportFormats {
  FigureFormats figures;
  bool tables = true;  ///< summary.csv, histogram.csv, head_curve.csv, manifest.json
  bool report = true;  ///< report.html
};

/// "png", "svg", "pdf": pictures; "csv": the numbers of the figures, and the tables; "all": everything and
/// the report. Throws Error::usage naming the formats there are.
ExportFormats parse_export_formats(std::string_view name);

/// Reads the tables and manifest of the analysis in `folder` and writes into `out` (made if absent):
/// figures/… and, where asked for, copies of the tables and report.html. Returns the files written, relative
/// to `out`. `folder` is not changed unless it is `out` itself. Throws Error::bad_input if `folder` does not
/// hold an analysis.
std::vector<std::string> export_directory(const std::filesystem::path& folder, const ExportFormats& formats,
                                          const std::filesystem::path& out, ProgressSink& progress,
                                          std::stop_token stop = {});

}  // namespace tauscope
