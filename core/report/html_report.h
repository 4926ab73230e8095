// report.html: what an analysis found, in plain words, with its figures, tables, definitions and provenance.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/diagnostics/tables.h"
#include "core/report/analysis_figures.h"

namespace tauscope {

/// One self-contained page: figures inline, no script, nothing fetched. Everything that is said is computed
/// from the tables; `manifest` gives what was run. `files` are the names in figures/ that exist beside the
/// page, for links.
std::string html_report(const AnalysisTables& tables, const Json& manifest,
                        const std::vector<NamedFigure>& figures, const std::vector<std::string>& files,
                        ProgressSink& progress);

/// Writes folder/report.html atomically, with the figures of `tables`; links the files that are in
/// folder/figures.
void write_html_report(const AnalysisTables& tables, const Json& manifest,
                       const std::filesystem::path& folder, ProgressSink& progress);

}  // namespace tauscope
