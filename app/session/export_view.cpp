#include "app/session/export_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/session/plots.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/figure/cairo_renderer.h"
#include "core/figure/figure_csv.h"
#include "core/report/manifest_text.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

void make_folder(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error::failed(folder.string(), "the folder cannot be made").found(error.message());
}

}  // namespace

void save_figure(const Figure& figure, Size size, const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending == ".csv") {
    make_folder(path.parent_path());
    write_file_atomically(path, figure_csv(figure));
    return;
  }
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::svg, ImageFormat::pdf}) {
    if (ending != "." + std::string(extension_of(format))) continue;
    const PangoTextMetrics metrics;
    const std::string bytes = render(layout(figure, size, metrics, Style::light()), format);
    make_folder(path.parent_path());
    write_file_atomically(path, bytes);
    return;
  }
  throw Error::usage("a figure cannot be saved under this name")
      .found(printable_utf8(path.string()))
      .expected("a name that ends in .png, .svg, .pdf or .csv");
}

void save_table(const ViewTable& table, const fs::path& path) {
  const std::string ending = path.extension().string();
  if (ending.empty() || (ending != ".csv" && ending != ".md" && ending != ".tex")) {
    throw Error::usage("a table cannot be saved under this name")
        .found(printable_utf8(path.string()))
        .expected("a name that ends in .csv, .md or .tex");
  }
  make_folder(path.parent_path());
  write_file_atomically(path, format_table(table, table_format(ending.substr(1))));
}

ExportSet export_set(const Session& session) {
  ExportSet set;
  PlotBook book;
  // Nobody misses what is of an evaluation where there is none, nor the rest where there is only one.
  const auto is_about_something = [&](Tab tab) {
    if (tab == Tab::evaluate) return session.evaluation().result != nullptr;
    if (tab == Tab::distill) return session.runs().set != nullptr;
    return session.workspace() != nullptr;
  };
  for (const PlotInfo& info : plot_infos()) {
    if (!is_about_something(info.tab)) continue;
    const Plot plot = book.plot(session, info.name);
    if (!plot.figure || !plot.is_current || plot.loading) {
      set.left_out.push_back(std::string(info.name) + ": " +
                             (plot.note.empty() ? "still computing" : plot.note));
      continue;
    }
    NamedFigure named{info.name, info.title, plot.figure->description};
    const auto& views = session.view().plots;
    const auto view = views.find(info.name);
    named.figure = view == views.end() ? *plot.figure : with_view(*plot.figure, view->second);
    named.size = info.size;
    set.figures.push_back(std::move(named));
  }
  for (const TableInfo& info : table_infos()) {
    if (!is_about_something(info.tab)) continue;
    ViewTable table = view_table(session, info.name);
    if (table.rows.empty())
      set.left_out.push_back(fmt::format("table {}: {}", info.name, table.note));
    else
      set.tables.emplace_back(info.name, std::move(table));
  }
  set.session = session.to_json();
  return set;
}

fs::path free_folder(const fs::path& folder) {
  const auto is_free = [](const fs::path& path) {
    std::error_code error;
    return !fs::exists(path, error) || (fs::is_directory(path, error) && fs::is_empty(path, error));
  };
  fs::path path = folder;
  if (path.filename().empty()) path = path.parent_path();  // "folder/"
  const std::string plain = path.string();
  for (int n = 2; !is_free(path) && n < 10000; ++n)
    path = fmt::format("{}-{}", plain, n);
  return path;
}

std::size_t write_export(const ExportSet& set, const fs::path& folder, ProgressSink& progress,
                         std::stop_token stop) {
  make_folder(folder);
  std::size_t files = 0;
  if (!set.figures.empty())
    files += write_figures(set.figures, folder / "figures", {}, progress, stop).size();
  if (!set.tables.empty()) make_folder(folder / "tables");
  for (const auto& [name, table] : set.tables) {
    if (stop.stop_requested()) return files;
    for (const char* ending : {".csv", ".md", ".tex"}) {
      save_table(table, folder / "tables" / (name + ending));
      ++files;
    }
  }
  if (stop.stop_requested()) return files;
  write_file_atomically(folder / "view.json", set.session.dump(2) + "\n");
  return files + 1;
}

const std::vector<double>& analysis_taus() {
  static const std::vector<double> taus{0.5, 1, 2, 4, 8};
  return taus;
}

std::string command_line(const Session& session) {
  if (const auto evaluation = session.evaluation().result; evaluation && session.view().tab == Tab::evaluate)
    return command_text({{"command", evaluation_command(evaluation->spec, evaluation->folder)}});
  const Sources& sources = session.sources();
  if (sources.empty()) throw Error::usage("nothing is open that a command could repeat");
  if (!sources.run.empty()) {
    if (const auto data = session.data().summary) {
      const std::string made_by = command_text(data->manifest);
      if (!made_by.empty()) return made_by;
    }
    return command_text({{"command", {"tauscope", "gui", "--run", sources.run.string()}}});
  }
  Json words = {"tauscope", "analyze"};
  const auto add = [&](const std::string& option, const std::string& value) {
    words.push_back(option);
    words.push_back(value);
  };
  const auto students = [&](const std::string& option, const std::vector<NamedPath>& list) {
    for (const NamedPath& student : list) {
      // A path with "=" in it would be taken for a name and a path.
      const bool needs_name = student.path.string().find('=') != std::string::npos;
      const std::string name =
          student.name.empty() && needs_name ? student.path.stem().string() : student.name;
      add(option, name.empty() ? student.path.string() : name + "=" + student.path.string());
    }
  };
  if (sources.teacher_logits.empty()) {
    add("--teacher", sources.teacher.string());
    students("--student", sources.students);
    add("--data", sources.data.string());
    if (sources.prompt_template != "alpaca") add("--template", sources.prompt_template);
  } else {
    add("--teacher-logits", sources.teacher_logits.string());
    students("--student-logits", sources.student_logits);
  }
  const ViewState& view = session.view();
  std::vector<double> taus = analysis_taus();
  taus.push_back(view.tau);
  std::sort(taus.begin(), taus.end());
  taus.erase(std::unique(taus.begin(), taus.end()), taus.end());
  std::string list;
  for (const double tau : taus)
    list += (list.empty() ? "" : ",") + format_number(tau);
  add("--tau", list);
  add("--tau-scaling", to_string(view.tau_scaling));
  add("--dominant", to_string(view.dominant));
  add("--out", "analysis");
  return command_text({{"command", words}});
}

}  // namespace tauscope
