// The CSV holds the numbers of the figure, all of them, exactly.
#include "core/base/csv.h"

#include "core/figure/figure_csv.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("what is drawn is written, with full precision") {
  Figure figure = tau_figure(Scale::log);
  std::get<Line>(figure.panels[0].series[1].data).y = Values{0.1, 1.0 / 3, NAN, INFINITY, 1e-300};
  figure.panels[0].series.push_back({"", {}, Rule{1, true, "τ = 1"}});
  figure.panels[0].series.push_back({"h", {}, Steps{{1, 2, 4}, {0.25, 0.75}}});
  const auto& line = std::get<Line>(figure.panels[0].series[1].data);
  const TemporaryFolder folder;
  write_figure_csv(figure, folder / "figure.csv");
  const CsvTable table = CsvTable::read(folder / "figure.csv");
  const auto column = [&](const char* name) { return table.column(name); };
  const auto rows_of = [&](const std::string& series, const std::string& kind) {
    std::vector<std::size_t> out;
    for (std::size_t r = 0; r < table.rows.size(); ++r)
      if (table.rows[r][column("series")] == series && table.rows[r][column("kind")] == kind)
        out.push_back(r);
    return out;
  };
  const auto forward = rows_of("forward KL", "line");
  REQUIRE(forward.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(table.number(forward[i], column("x")) == line.x[i]);
    const double y = table.number(forward[i], column("y"));
    CHECK((y == line.y[i] || (std::isnan(y) && std::isnan(line.y[i]))));
  }
  CHECK(table.rows[forward[0]][column("y_axis")] == "‖g‖₂ (τ² scaling)");
  const auto& band = std::get<Band>(figure.panels[0].series[0].data);
  const auto band_rows = rows_of("forward KL", "band");
  REQUIRE(band_rows.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(table.number(band_rows[i], column("y_low")) == band.low[i]);
    CHECK(table.number(band_rows[i], column("y_high")) == band.high[i]);
  }
  CHECK(rows_of("reverse KL", "line").size() == 5);
  CHECK(rows_of("h", "step").size() == 2);
  REQUIRE(rows_of("", "rule").size() == 1);
  CHECK(table.rows[rows_of("", "rule")[0]][column("label")] == "τ = 1");
}

TEST_CASE("a heat map is written cell by cell") {
  Figure figure;
  HeatMap map{{0, 1, 2}, {0, 10, 20, 30}, {1, 2, 3, 4, 5, 6}};
  figure.panels = {Panel{"p, with a comma", {"x"}, {"y"}, {{"s", {}, map}}}};
  const TemporaryFolder folder;
  write_figure_csv(figure, folder / "heat.csv");
  const CsvTable table = CsvTable::read(folder / "heat.csv");
  REQUIRE(table.rows.size() == 6);
  CHECK(table.rows[3][table.column("panel")] == "p, with a comma");
  CHECK(table.number(3, table.column("value")) == 4);
  CHECK(table.number(3, table.column("x_low")) == 1);
  CHECK(table.number(3, table.column("y_high")) == 20);
}
