#include "core/report/export.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/report/html_report.h"

namespace tauscope {

namespace fs = std::filesystem;

ExportFormats parse_export_formats(std::string_view name) {
  if (name == "all") return {};
  ExportFormats formats{{false, false, false, false}, false, false};
  if (name == "png")
    formats.figures.png = true;
  else if (name == "svg")
    formats.figures.svg = true;
  else if (name == "pdf")
    formats.figures.pdf = true;
  else if (name == "csv")
    formats.figures.csv = formats.tables = true;
  else
    throw Error::usage("unknown format for an export")
        .field("--format")
        .found(std::string(name))
        .expected("png, svg, pdf, csv or all");
  return formats;
}

std::vector<std::string> export_directory(const fs::path& folder, const ExportFormats& formats,
                                          const fs::path& out, ProgressSink& progress, std::stop_token stop) {
  if (!fs::exists(folder / "summary.csv"))
    throw Error::bad_input(folder.string(), "it does not hold an analysis")
        .found(fs::exists(folder) ? "no summary.csv" : "no such folder")
        .expected("the folder that `tauscope analyze --out` wrote");
  const AnalysisTables tables = read_tables(folder);
  Json manifest;
  if (fs::exists(folder / "manifest.json"))
    manifest = read_json_file(folder / "manifest.json");
  else
    progress.warning(
        "there is no manifest.json: the analysis did not finish, and figures and report lack its provenance");

  std::error_code error;
  fs::create_directories(out, error);
  if (error) throw Error::failed(out.string(), "the folder cannot be made").found(error.message());
  std::vector<std::string> written;
  for (const std::string& name :
       write_analysis_figures(tables, manifest, out / "figures", formats.figures, progress, stop))
    written.push_back("figures/" + name);
  if (formats.tables && !stop.stop_requested() && !fs::equivalent(folder, out))
    for (const char* name : {"summary.csv", "histogram.csv", "head_curve.csv", "manifest.json"}) {
      if (!fs::exists(folder / name)) continue;
      write_file_atomically(out / name, read_file(folder / name));
      written.push_back(name);
    }
  if (formats.report && !stop.stop_requested()) {
    write_html_report(tables, manifest, out, progress);
    written.push_back("report.html");
  }
  return written;
}

}  // namespace tauscope
