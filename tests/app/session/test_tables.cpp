// Tables hold the results' numbers, and their files the tables'.
#include <algorithm>
#include <sstream>
#include <string>

#include "app/session/view_tables.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::OpenSession;
using test::settle;

namespace {

std::size_t row_of(const ViewTable& table, const std::string& label) {
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (table.rows[r][0].text == label) return r;
  }
  FAIL("no row " << label);
  return 0;
}

ViewTable hostile() {
  ViewTable table;
  table.columns = {{"a|b, \"c\"", "", false}, {"τ_2", "", true}};
  table.rows = {{{"x & y_1 | 50%\n{\\}", 0}, {"1.2346e-05", 1.23456789e-05}},
                {{"<b> $ # ~ ^ ␣", 0}, {"−2", -2}},
                {{"", 0}, {"–", RowStatistics::none}},
                {{"plain", 0}, {"", RowStatistics::none}}};
  return table;
}

}  // namespace

TEST_CASE("tables say why they are empty") {
  test::FakeEngine engine;
  Session session(engine, {});
  CHECK(table_infos().size() == 9);
  for (const TableInfo& info : table_infos()) {
    const ViewTable table = view_table(session, info.name);
    CHECK(table.rows.empty());
    CHECK_FALSE(table.note.empty());
  }
  CHECK_FALSE(view_table(session, "nonsense").note.empty());
}

TEST_CASE("the token's tables are its detail and its statistics, for every student") {
  OpenSession o;
  o.session.apply(PinToken{4});
  o.session.apply(SetTau{2});
  settle(o.session);
  const auto detail = o.session.detail(0).result;
  const ViewTable tokens = view_table(o.session, "top_tokens");
  REQUIRE(tokens.rows.size() == detail->detail.entries.size() + 1);
  double p = 0, gradient = 0;
  for (const auto& row : tokens.rows) {
    REQUIRE(row.size() == tokens.columns.size());
    p += row[3].value;
    gradient += row[6].value;
  }
  CHECK(p == Approx(1));
  CHECK(gradient == Approx(0).margin(1e-6));
  CHECK(tokens.rows[1][7].value == detail->detail.entries[1].rkl_gradient);

  const ViewTable token = view_table(o.session, "token");
  CHECK(token.note.empty());
  REQUIRE(token.columns.size() == 4);
  REQUIRE(token.rows.size() == statistics_columns().size());
  CHECK(token.rows[row_of(token, "forward KL")][2].value == detail->statistics.fkl);
  REQUIRE(o.session.detail(1).result);  // the other student's too, though its page is not open
  CHECK(token.rows[row_of(token, "TCKD")][3].value == o.session.detail(1).result->statistics.tckd);
}

TEST_CASE("without logits the token's table has every student too") {
  OpenSession o([](test::FakeEngine& engine) { engine.taus = {0.5, 1, 2}; });
  o.session.apply(PinToken{4});
  settle(o.session);
  const ViewTable token = view_table(o.session, "token");
  REQUIRE(token.columns.size() == 4);
  REQUIRE(o.session.all_rows(1).is_current);
  CHECK(token.rows[row_of(token, "TCKD")][3].value == o.session.all_rows(1).result->rows[4].tckd);
}

TEST_CASE("the comparison is over the example's positions") {
  OpenSession o;
  o.session.apply(SetTab{Tab::compare});
  settle(o.session);
  const ViewTable table = view_table(o.session, "comparison");
  REQUIRE(table.rows.size() == statistics_columns().size());
  const auto mean = [&](std::size_t student) {
    double sum = 0;
    for (const RowStatistics& row : o.session.all_rows(student).result->rows)
      sum += row.rkl;
    return sum / static_cast<double>(o.engine.rows);
  };
  const auto& row = table.rows[row_of(table, "reverse KL")];
  CHECK(row[2].value == Approx(mean(0)));
  CHECK(row[3].value == Approx(mean(1)));
  CHECK(row[4].value == Approx(mean(1) - mean(0)));
  CHECK(row[7].value >= 0);
  CHECK(row[7].value <= 1);
  // The teacher's own quantities have no difference, only rounding.
  for (const char* label : {"entropy_teacher", "p_target", "rank_target_teacher", "teacher_nd_mass"}) {
    const auto columns = statistics_columns();
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const StatisticsColumn& column) {
      return label == std::string(column.name);
    });
    const auto& same = table.rows.at(static_cast<std::size_t>(at - columns.begin()));
    CHECK_FALSE(same[2].text.empty());
    CHECK(same[4].text.empty());
    CHECK(same[7].text.empty());
  }
}

TEST_CASE("the data set's tables come from its analysis") {
  OpenSession o;
  o.session.apply(ReadAnalysis{"folder"});
  settle(o.session);
  const ViewTable examples = view_table(o.session, "examples");
  REQUIRE(examples.rows.size() == 5);
  CHECK(examples.note.find("τ = 1") != std::string::npos);
  CHECK(examples.rows[3][4].text == "example 3");
  CHECK(examples.rows[3][5].text == "odd");
  CHECK(examples.rows[3][1].value == Approx(o.session.data().summary->example_mean(0, 1, 0, 3)));
  CHECK(examples.rows[3][3].value == Approx(1));
  const ViewTable summary = view_table(o.session, "summary");
  CHECK(summary.rows.size() == 2 * 5 * statistics_columns().size());
  o.engine.example_means = false;
  o.session.apply(ReadAnalysis{"folder"});
  settle(o.session);
  CHECK(view_table(o.session, "examples").rows.empty());
  CHECK(view_table(o.session, "examples").note.find("--tokens") != std::string::npos);
}

TEST_CASE("CSV reads back exactly") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "t.csv", format_table(hostile(), TableFormat::csv));
  const CsvTable back = CsvTable::read(folder / "t.csv");
  CHECK(back.header == std::vector<std::string>{"a|b, \"c\"", "τ_2"});
  REQUIRE(back.rows.size() == 4);
  CHECK(back.rows[0][0] == "x & y_1 | 50%\n{\\}");
  CHECK(back.number(0, 1) == 1.23456789e-05);
  CHECK(back.number(1, 1) == -2);
  CHECK(back.rows[2][1] == "nan");
  CHECK(back.rows[3][1].empty());
}

TEST_CASE("Markdown and LaTeX keep their rows whatever the cells hold") {
  const std::string markdown = format_table(hostile(), TableFormat::markdown);
  std::istringstream lines(markdown);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    CHECK(bars == 3);
  }
  CHECK(count == 6);
  CHECK(markdown.find("---: |") != std::string::npos);

  const std::string latex = format_table(hostile(), TableFormat::latex);
  CHECK(latex.find("\\begin{tabular}{lr}\n\\toprule\n") == 0);
  CHECK(latex.find("x \\& y\\_1 | 50\\% \\{\\textbackslash{}\\}") != std::string::npos);
  CHECK(latex.find("$1.2346\\times 10^{-5}$") != std::string::npos);
  CHECK(latex.find("$\\tau$\\_2") != std::string::npos);
  CHECK(latex.find("$-$2") != std::string::npos);
  std::size_t rows = 0;
  for (std::size_t at = latex.find(" \\\\\n"); at != std::string::npos; at = latex.find(" \\\\\n", at + 1))
    ++rows;
  CHECK(rows == 5);

  CHECK(table_format("md") == TableFormat::markdown);
  CHECK_THROWS_AS(table_format("docx"), Error);
}
