#include "core/report/html_report.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/figure/cairo_renderer.h"
#include "core/report/manifest_text.h"
#include "core/report/report_text.h"

namespace tauscope {

namespace {

const char* const page_style =
    R"(:root{color-scheme:light dark;--ink:#1c1c1e;--page:#fff;--soft:#5c5c62;--line:#d8d8de;--card:#f5f5f8;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--page:#18181b;--soft:#a9a9b2;--line:#3a3a40;--card:#222226;--link:#7db8f0}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"DejaVu Sans",sans-serif}
main{max-width:56rem;margin:0 auto;padding:2rem 1.2rem 4rem}
h1{font-size:1.7rem;line-height:1.25}h2{margin-top:2.6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
h1,h2,h3,p,li,dd,td,th,figcaption{overflow-wrap:anywhere}
a{color:var(--link)}.lead{font-size:1.05rem}.soft,figcaption,caption{color:var(--soft)}
.finding,.notice{background:var(--card);border-left:4px solid var(--link);padding:.7rem 1rem;margin:1rem 0}
.notice{border-color:#d55e00}
figure{margin:1.6rem 0}img{max-width:100%;height:auto;display:block}figcaption{font-size:.9rem;margin-top:.4rem}
.files{white-space:nowrap}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.88rem;margin:1.2rem 0;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.4rem}td{white-space:nowrap}td,th{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--line);overflow-wrap:normal}
thead th{vertical-align:bottom;text-align:right}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.35rem 1.2rem}dt{font-weight:600;max-width:14rem}dd{margin:0}
pre{background:var(--card);padding:.8rem 1rem;overflow-x:auto;white-space:pre-wrap}
@media (max-width:40rem){dl{grid-template-columns:1fr}}
@media print{main{max-width:none;padding:0}figure,table{break-inside:avoid}}
)";

std::string name_of(const Json& manifest, const std::string& path, const std::string& fallback) {
  const std::string name = text_of(manifest, path);
  return name.empty() ? fallback : name;
}

std::string students_text(const std::vector<std::string>& students) {
  std::string out;
  for (std::size_t i = 0; i < students.size(); ++i) {
    if (i > 0) out += i + 1 == students.size() ? " and " : ", ";
    out += students[i];
  }
  return out;
}

void add_summary(HtmlPage& page, const TableView& view, const Json& manifest) {
  const std::string positions = text_of(manifest, "counts/positions"),
                    examples = text_of(manifest, "counts/examples");
  page.paragraph(
      "How the gradients of forward and reverse KL with respect to the student's logits move with the "
      "temperature τ.",
      "lead");
  std::string over = "Teacher: " + name_of(manifest, "source/teacher/name", "(unnamed)") +
                     (view.students().size() == 1 ? ". Student: " : ". Students: ") +
                     students_text(view.students()) + ".";
  if (!positions.empty()) over += " Scored positions: " + positions;
  if (!examples.empty() && examples != "0")
    over += ", of " + examples + (examples == "1" ? " example" : " examples");
  page.paragraph(positions.empty() ? over : over + ".", "lead");
  if (text_of(manifest, "status") == "partial")
    page.paragraph(
        "This analysis is partial: it was stopped before all examples were done. Everything below covers "
        "only what "
        "was done.",
        "notice");
  const Json& counts = member(manifest, "counts");
  for (const auto& [key, text] :
       {std::pair{"invalid_positions",
                  " positions hold NaN logits; they are left out of all means "
                  "and quantiles."},
        {"infinite_divergences",
         " values of a divergence are infinite (a token that one side "
         "excludes); they are left out of means and quantiles and counted in "
         "summary.csv."},
        {"prompts_cut", " prompts were longer than the context and were cut from the left."}}) {
    const Json& count = member(counts, key);
    if (count.is_number_integer() && count.get<std::int64_t>() > 0)
      page.paragraph(count.dump() + text, "notice");
  }
}

void add_findings(HtmlPage& page, const TableView& view) {
  page.heading(2, "What is seen", "findings");
  page.paragraph(
      "The question: as τ grows, does the forward-KL gradient gain new direction (its cosine with its own "
      "direction at τ = 1 "
      "falls, and more of it lies outside the dominant set), while the reverse-KL gradient is mainly "
      "rescaled? For this input:");
  for (const StudentFinding& finding : findings_of(view)) {
    const detail::FindingText text = detail::describe(finding);
    page.raw("<div class=\"finding\">\n");
    if (view.students().size() > 1) page.heading(3, finding.student);
    page.paragraph(text.headline, "lead");
    if (!text.rows.empty())
      page.table(
          "Each gradient at τ against itself at τ = 1: mean cosine, mean share of ‖g‖₁ outside the dominant "
          "set at "
          "τ = 1 → at τ, median ratio of norms.",
          text.header, text.rows);
    if (!text.note.empty()) page.paragraph(text.note);
    page.raw("</div>\n");
  }
  page.paragraph(
      "This describes these positions of this data; it is not a test, and says nothing yet about what either "
      "signal does to a "
      "student that is trained with it. The words follow fixed limits, stated under Definitions.",
      "soft");
}

void add_figures(HtmlPage& page, const std::vector<NamedFigure>& figures,
                 const std::vector<std::string>& files, ProgressSink& progress) {
  const PangoTextMetrics metrics;
  const std::set<std::string> present(files.begin(), files.end());
  std::vector<std::string> sections;
  for (const NamedFigure& figure : figures)
    if (std::find(sections.begin(), sections.end(), figure.section) == sections.end())
      sections.push_back(figure.section);
  std::int64_t done = 0;
  const auto total = static_cast<std::int64_t>(figures.size());
  for (const std::string& section : sections) {
    page.heading(2, section);
    for (const NamedFigure& named : figures) {
      if (named.section != section) continue;
      progress.progress("report", done++, total);
      std::string light, dark;
      try {
        light = render(layout(named.figure, named.size, metrics, Style::light()), ImageFormat::svg);
        dark = render(layout(named.figure, named.size, metrics, Style::dark_page()), ImageFormat::svg);
      } catch (const Error&) {  // told when the figure's own file was written
        page.paragraph(
            "The figure “" + named.figure.title + "” has no room for its labels; its numbers are in its CSV.",
            "notice");
        continue;
      }
      std::vector<std::string> links;
      for (const char* extension : {".pdf", ".svg", ".png", ".csv"})
        if (present.count(named.name + extension)) links.push_back("figures/" + named.name + extension);
      page.figure(light, dark, named.size.width, named.figure.title, named.caption, links);
    }
  }
  progress.progress("report", total, total);
}

void add_tables(HtmlPage& page, const TableView& view, const Json& manifest) {
  page.heading(2, "Tables", "tables");
  for (const std::string& student : view.students()) {
    if (view.students().size() > 1) page.heading(3, student);
    detail::add_student_tables(page, view, student, manifest);
    std::vector<std::string> invalid;
    for (const char* quantity : {"fkl", "rkl", "grad_cosine", "fkl_grad_cos_tau1", "rkl_grad_cos_tau1"})
      for (const SummaryRow* row : view.curve(student, quantity))
        if (row->invalid > 0)
          invalid.push_back(std::string(quantity) + " at τ = " + detail::short_number(row->tau) + ": " +
                            std::to_string(row->invalid) + " of " +
                            std::to_string(row->invalid + row->count) +
                            " values are not finite and left out");
    if (!invalid.empty()) page.list(invalid);
  }
}

}  // namespace

std::string html_report(const AnalysisTables& tables, const Json& manifest,
                        const std::vector<NamedFigure>& figures, const std::vector<std::string>& files,
                        ProgressSink& progress) {
  const TableView view(tables);
  const std::string title =
      "τ and the distillation gradients: " + name_of(manifest, "source/teacher/name", "teacher") + " → " +
      students_text(view.students());
  HtmlPage page(title, page_style);
  page.heading(1, title);
  add_summary(page, view, manifest);
  add_findings(page, view);
  add_figures(page, figures, files, progress);
  add_tables(page, view, manifest);
  detail::add_provenance(page, manifest);
  detail::add_definitions(page, manifest);
  return std::move(page).finish();
}

void write_html_report(const AnalysisTables& tables, const Json& manifest,
                       const std::filesystem::path& folder, ProgressSink& progress) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "figures", ignored))
    files.push_back(entry.path().filename().string());
  write_file_atomically(folder / "report.html",
                        html_report(tables, manifest, analysis_figures(tables, manifest), files, progress));
}

}  // namespace tauscope
