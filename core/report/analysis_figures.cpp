#include "core/report/analysis_figures.h"

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/figure/cairo_renderer.h"
#include "core/figure/figure_csv.h"
#include "core/report/figure_parts.h"

namespace tauscope {

std::vector<NamedFigure> analysis_figures(const AnalysisTables& tables, const Json& manifest) {
  const TableView view(tables);
  const detail::Sources sources{view, manifest};
  std::vector<NamedFigure> out;
  detail::add_tau_curves(sources, out);
  detail::add_head_curves(sources, out);
  detail::add_histograms(sources, out);
  detail::add_heat_maps(sources, out);
  detail::add_entropy_quartiles(sources, out);
  detail::add_categories(sources, out);
  detail::add_student_comparison(sources, out);
  return out;
}

std::vector<std::string> write_figures(const std::vector<NamedFigure>& figures,
                                       const std::filesystem::path& folder, const FigureFormats& formats,
                                       ProgressSink& progress, std::stop_token stop) {
  std::vector<std::string> written;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error::failed(folder.string(), "the folder for the figures cannot be made").found(error.message());
  const PangoTextMetrics metrics;
  const auto total = static_cast<std::int64_t>(figures.size());
  for (std::int64_t i = 0; i < total && !stop.stop_requested(); ++i) {
    const NamedFigure& named = figures[static_cast<std::size_t>(i)];
    progress.progress("figures", i, total);
    if (formats.csv) {
      write_figure_csv(named.figure, folder / (named.name + ".csv"));
      written.push_back(named.name + ".csv");
    }
    std::vector<ImageFormat> pictures;
    if (formats.png) pictures.push_back(ImageFormat::png);
    if (formats.svg) pictures.push_back(ImageFormat::svg);
    if (formats.pdf) pictures.push_back(ImageFormat::pdf);
    if (pictures.empty()) continue;
    Scene scene;
    try {
      scene = layout(named.figure, named.size, metrics, Style::light());
    } catch (const Error& e) {  // names that leave no room: the numbers are in the CSV
      progress.warning("figure " + named.name + " was not drawn: " + e.what());
      continue;
    }
    for (const ImageFormat format : pictures) {
      const std::string name = named.name + "." + std::string(extension_of(format));
      write_file_atomically(folder / name, render(scene, format));
      written.push_back(name);
    }
  }
  progress.progress("figures", total, total);
  return written;
}

std::vector<std::string> write_analysis_figures(const AnalysisTables& tables, const Json& manifest,
                                                const std::filesystem::path& folder,
                                                const FigureFormats& formats, ProgressSink& progress,
                                                std::stop_token stop) {
  return write_figures(analysis_figures(tables, manifest), folder, formats, progress, std::move(stop));
}

}  // namespace tauscope
