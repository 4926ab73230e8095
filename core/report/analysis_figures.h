// The figures of an analysis, built from its tables: what contract.md lists under figures/.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/diagnostics/tables.h"
#include "core/figure/figure.h"
#include "core/figure/geometry.h"

namespace tauscope {

/// One figure with what a file and a page need to know about it.
struct NamedFigure {
  std::string name;     ///< file name without extension: "gradient_norm", "head_curve-student-a"
  std::string section;  ///< heading of the report it stands under
  std::string caption;  ///< plain sentences: what is drawn, over what
  Figure figure{};
  Size size{};  ///< points; 3.4 or 7 inches wide
};

/// Every figure the tables have numbers for, in the order of the report; a quantity that is missing leaves
/// its figure out. `manifest` (manifest.json, may lack members or be null) gives names, scaling and
/// provenance.
std::vector<NamedFigure> analysis_figures(const AnalysisTables& tables, const Json& manifest);

struct FigureFormats {
  bool png = true, svg = true, pdf = true, csv = true;
};

/// Writes the figures into `folder` (made if absent), each file atomically, and returns the names of the
/// files in the order in which they were written. Ends after the current figure when `stop` is set. A figure
/// that cannot be drawn is a warning; a file that cannot be written throws Error.
std::vector<std::string> write_figures(const std::vector<NamedFigure>& figures,
                                       const std::filesystem::path& folder, const FigureFormats& formats,
                                       ProgressSink& progress, std::stop_token stop = {});

/// analysis_figures, written.
std::vector<std::string> write_analysis_figures(const AnalysisTables& tables, const Json& manifest,
                                                const std::filesystem::path& folder,
                                                const FigureFormats& formats, ProgressSink& progress,
                                                std::stop_token stop = {});

}  // namespace tauscope
