// The figures of an analysis: which there are, that they draw what the tables hold, that missing parts leave
// no hole.
#include <set>

#include "core/base/csv.h"
#include "core/figure/cairo_renderer.h"
#include "core/report/analysis_figures.h"
#include "core/report/manifest_text.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/core/report/synthetic_tables.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct CountingProgress final : ProgressSink {
  void progress(std::string_view, std::int64_t, std::int64_t) override { ++calls; }
  void warning(std::string_view text) override { warnings.emplace_back(text); }
  void note(std::string_view) override {}
  int calls = 0;
  std::vector<std::string> warnings;
};

std::vector<NamedFigure> figures_of(const std::vector<SyntheticStudent>& students,
                                    const SyntheticSpec& spec = {}) {
  return analysis_figures(synthetic_tables(students, spec), synthetic_manifest(students, spec));
}

const NamedFigure* find(const std::vector<NamedFigure>& figures, const std::string& name) {
  for (const NamedFigure& figure : figures)
    if (figure.name == name) return &figure;
  return nullptr;
}

std::set<std::string> names_of(const std::vector<NamedFigure>& figures) {
  std::set<std::string> out;
  for (const NamedFigure& figure : figures)
    CHECK(out.insert(figure.name).second);
  return out;
}

}  // namespace

TEST_CASE("every figure of the contract is there") {
  const auto one = names_of(figures_of({asymmetric_student("s")}));
  for (const char* name :
       {"gradient_norm", "gradient_ratio_tau1", "gradient_norm_ratio", "gradient_cosine_tau1",
        "gradient_cosine", "non_dominant_share", "effective_tokens", "divergence", "entropy", "head_curve",
        "probability_histogram", "gradient_histogram", "heatmap_fkl_nd_share_l1", "heatmap_rkl_nd_share_l1",
        "heatmap_fkl", "entropy_quartiles", "categories"}) {
    INFO(name);
    CHECK(one.count(name) == 1);
  }
  CHECK(one.count("students") == 0);
  const auto two = names_of(figures_of({asymmetric_student("a/b"), symmetric_student("a b")}));
  CHECK(two.count("students") == 1);
  CHECK(two.count("head_curve-a_b") == 1);
  CHECK(two.count("head_curve-a_b-2") == 1);
}

TEST_CASE("figures have the widths of papers and labels that fit") {
  const PangoTextMetrics metrics;
  for (const auto& students : std::vector<std::vector<SyntheticStudent>>{
           {asymmetric_student("s")},
           {asymmetric_student("a-student-with-quite-a-long-name/checkpoint-000200"), symmetric_student("b")},
           {asymmetric_student("a"), symmetric_student("b"), symmetric_student("c"),
            asymmetric_student("d")}})
    for (const NamedFigure& figure : figures_of(students)) {
      INFO(figure.name);
      CHECK((figure.size.width == single_column || figure.size.width == double_column));
      const Scene scene = layout(figure.figure, figure.size, metrics, Style::light());
      require_tidy_text(scene, metrics);
      CHECK_FALSE(figure.caption.empty());
      CHECK_FALSE(figure.figure.provenance.empty());
    }
}

TEST_CASE("a curve draws the table's medians and quartiles") {
  const AnalysisTables tables = synthetic_tables({asymmetric_student("s")});
  const auto figures = analysis_figures(tables, Json());
  const NamedFigure* figure = find(figures, "gradient_cosine_tau1");
  REQUIRE(figure);
  std::vector<double> medians, low;
  for (const SummaryRow& row : tables.summary)
    if (row.group == "all" && row.quantity == "fkl_grad_cos_tau1") {
      medians.push_back(row.median);
      low.push_back(row.p25);
    }
  bool line = false, band = false;
  for (const Series& series : figure->figure.panels.at(0).series) {
    if (series.name != "forward KL") continue;
    if (const auto* l = std::get_if<Line>(&series.data)) line = l->y == Values(medians);
    if (const auto* b = std::get_if<Band>(&series.data)) band = b->low == Values(low);
  }
  CHECK(line);
  CHECK(band);
}

TEST_CASE("histograms show shares that sum to one, whatever bins are left out or open") {
  AnalysisTables tables;
  const auto add = [&](double low, double high, double mass) {
    tables.histogram.push_back({"s", 1, "teacher", low, high, 10, mass});
  };
  add(0, 0.0625, 1);
  add(0.125, 0.25, 3);
  add(0.25, 0.5, 4);
  add(0.5, INFINITY, 2);
  const auto figures = analysis_figures(tables, Json());
  const NamedFigure* figure = find(figures, "probability_histogram");
  REQUIRE(figure);
  const auto& steps = std::get<Steps>(figure->figure.panels.at(0).series.at(0).data);
  CHECK(steps.edges == Values{0.03125, 0.0625, 0.125, 0.25, 0.5, 1});
  CHECK(steps.heights == Values{0.1, 0, 0.3, 0.4, 0.2});
}

TEST_CASE("heat maps hold the means by position, also of grouped positions") {
  AnalysisTables tables;
  for (const double tau : {1.0, 2.0})
    for (const char* position : {"0", "1", "2-3", "6-7"}) {
      SummaryRow row;
      row.student = "s";
      row.tau = tau;
      row.group = "position";
      row.group_value = position;
      row.quantity = "fkl";
      row.mean = row.median = tau * (1 + position[0] - '0');
      row.count = 10;
      tables.summary.push_back(row);
    }
  const auto figures = analysis_figures(tables, Json());
  const NamedFigure* figure = find(figures, "heatmap_fkl");
  REQUIRE(figure);
  const auto& map = std::get<HeatMap>(figure->figure.panels.at(0).series.at(0).data);
  // Position + 1, on a log axis because of the groups.
  CHECK(figure->figure.panels.at(0).x.scale == Scale::log);
  CHECK(map.x_edges == Values{0.5, 1.5, 2.5, 4.5, 6.5, 8.5});
  REQUIRE(map.cells.size() == 10);
  CHECK(map.cells[2] == 3);
  CHECK(std::isnan(map.cells[3]));
  CHECK(map.cells[5 + 4] == 14);
  CHECK(map.y_edges[1] == Approx(std::sqrt(2.0)));
}

TEST_CASE("missing quantities leave their figures out and the rest in place") {
  const std::vector<SyntheticStudent> students = {asymmetric_student("s")};
  AnalysisTables tables = synthetic_tables(students);
  std::erase_if(tables.summary,
                [](const SummaryRow& r) { return r.quantity == "grad_l2_ratio" || r.group == "category"; });
  for (SummaryRow& row : tables.summary)
    if (row.quantity == "grad_cosine") {
      row.count = 0;
      row.mean = row.median = NAN;
    }
  tables.head_curve.clear();
  const auto names = names_of(analysis_figures(tables, Json()));
  for (const char* gone : {"gradient_norm_ratio", "gradient_cosine", "categories", "head_curve"})
    CHECK(names.count(gone) == 0);
  CHECK(names.count("gradient_norm") == 1);
  CHECK(analysis_figures({}, Json()).empty());

  SyntheticSpec one;  // a single temperature has no curve over τ
  one.taus = {1};
  const auto single = names_of(figures_of(students, one));
  CHECK(single.count("gradient_norm") == 0);
  CHECK(single.count("probability_histogram") == 1);
}

TEST_CASE("many temperatures are spread over several pictures") {
  SyntheticSpec spec;
  spec.taus.clear();
  for (int i = 0; i < 45; ++i)
    spec.taus.push_back(0.5 * std::pow(16.0, i / 44.0));
  spec.positions = 10;
  const auto figures = figures_of({asymmetric_student("s")}, spec);
  REQUIRE(find(figures, "probability_histogram-part3"));
  const PangoTextMetrics metrics;
  for (const NamedFigure& figure : figures) {
    INFO(figure.name);
    require_tidy_text(layout(figure.figure, figure.size, metrics, Style::light()), metrics);
  }
}

TEST_CASE("files: all formats, small, the same bytes again, and stoppable") {
  const std::vector<SyntheticStudent> students = {asymmetric_student("s"), symmetric_student("t")};
  SyntheticSpec spec;
  spec.categories.resize(2);
  const AnalysisTables tables = synthetic_tables(students, spec);
  const Json manifest = synthetic_manifest(students, spec);
  const auto all = analysis_figures(tables, manifest);
  std::vector<NamedFigure> some;
  for (const char* name : {"gradient_norm", "probability_histogram-s", "heatmap_fkl", "students"})
    some.push_back(*find(all, name));
  const TemporaryFolder folder;
  CountingProgress progress;
  const auto files = write_figures(some, folder / "figures", {}, progress);
  CHECK(files.size() == 16);
  CHECK(progress.calls == 5);
  CHECK(progress.warnings.empty());
  for (const std::string& name : files) {
    const auto path = folder.path() / "figures" / name;
    INFO(name);
    REQUIRE(std::filesystem::exists(path));
    CHECK(std::filesystem::file_size(path) < 300'000);
  }
  write_figures({some[0]}, folder / "again", {}, progress);
  for (const char* extension : {".png", ".svg", ".pdf", ".csv"})
    CHECK(read_text(folder.path() / "figures" / (std::string("gradient_norm") + extension)) ==
          read_text(folder.path() / "again" / (std::string("gradient_norm") + extension)));

  FigureFormats csv_only{false, false, false, true};
  CHECK(write_figures(some, folder / "csv", csv_only, progress).size() == 4);
  std::stop_source stop;
  stop.request_stop();
  CHECK(write_figures(some, folder / "none", {}, progress, stop.get_token()).empty());
}

TEST_CASE("provenance names what the numbers come from") {
  const std::vector<SyntheticStudent> students = {asymmetric_student("s")};
  const std::string text = provenance_text(synthetic_manifest(students));
  for (const char* part :
       {"teacher teacher", "student s (sha256 cccccccccccc", "nucleus:0.9", "τ² scaling", "2026-01-02"})
    CHECK(text.find(part) != std::string::npos);
  CHECK(command_text(synthetic_manifest(students)) ==
        "tauscope analyze --teacher 'a teacher' --data 'it'\\''s.jsonl' --out out");
  CHECK_NOTHROW(provenance_text(Json()));
  CHECK_NOTHROW(provenance_text(Json::array({1, 2})));
}
