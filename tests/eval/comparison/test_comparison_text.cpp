// The four forms of a comparison's table.
#include <cmath>
#include <sstream>

#include "core/base/csv.h"
#include "eval/comparison/comparison.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

ComparedRow row_of(const std::string& model, double mean, double sd_over_seeds) {
  ComparedRow row;
  row.set = std::string("dolly_valid");
  row.model = model;
  row.metric = std::string("rouge-l");
  row.mean = mean;
  row.interval = {22, 26.5};
  row.sd_over_seeds = sd_over_seeds;
  row.count = 500;
  return row;
}

ComparisonTable sample() {
  ComparedRow a = row_of("a", 24.3, std::nan("")), b = row_of("b_1|50%, τ", 24.7, 0.25);
  a.baseline = true;
  b.tested = true;
  b.difference = {500, 0.4, {-0.9, 1.7}, 0.55, 0.54, 0.03, 200, 101, 199};
  b.p_holm = 0.55;
  b.within_noise = true;
  return {a.model, 0.95, 10000, 1, {a, b}, true};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a comparison as text has one table for each set and metric, in columns") {
  const auto lines = lines_of(comparison_text(sample(), ComparisonFormat::text));
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "rouge-l on dolly_valid, 500 prompts");
  CHECK(
      lines[1] ==
      "model        mean    95% interval  sd over seeds     delta   95% interval       p  p (Holm)  p t-test "
      " effect  "
      "won/tied/lost");
  CHECK(lines[2] == "a           24.30  [22.00, 26.50]                 baseline");
  CHECK(lines[3] ==
        "b_1|50%, τ  24.70  [22.00, 26.50]           0.25     +0.40  [-0.90, 1.70]  0.5500  0.5500 ~    "
        "0.5400    0.03    "
        "200/101/199");
  CHECK(lines[5].find("against a") != std::string::npos);
  CHECK(lines[7] == "~: within noise, p (Holm) is not below 0.05");
}

TEST_CASE("a comparison as CSV has the documented columns and reads back") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "table.csv", comparison_text(sample(), ComparisonFormat::csv));
  const CsvTable table = CsvTable::read(folder / "table.csv");
  CHECK(table.header == std::vector<std::string>{"set",    "model",        "metric",         "mean",
                                                 "ci_low", "ci_high",      "sd_over_seeds",  "count",
                                                 "delta",  "delta_ci_low", "delta_ci_high",  "p",
                                                 "p_holm", "p_ttest",      "effect_size",    "wins",
                                                 "ties",   "losses",       "training_seeds", "within_noise"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0][8].empty());
  CHECK(table.rows[0][6].empty());
  CHECK(table.rows[1][1] == "b_1|50%, τ");
  CHECK(table.number(1, table.column("delta_ci_high")) == 1.7);
  CHECK(table.integer(1, table.column("ties")) == 101);
  CHECK(table.rows[1][19] == "yes");
}

TEST_CASE("a comparison as Markdown and as LaTeX escapes what would break the table") {
  const std::string markdown = comparison_text(sample(), ComparisonFormat::markdown);
  CHECK(markdown.find("| b_1\\|50%, τ | 24.70 |") != std::string::npos);
  for (const std::string& line : lines_of(markdown)) {
    if (line.empty() || line[0] != '|') continue;
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i)
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    CHECK(bars == 12);
  }
  const std::string latex = comparison_text(sample(), ComparisonFormat::latex);
  CHECK(latex.find("\\multicolumn{11}{l}{rouge-l on dolly\\_valid, 500 prompts}") != std::string::npos);
  CHECK(latex.find("b\\_1|50\\%, τ & 24.70 & [22.00, 26.50] & 0.25 & +0.40") != std::string::npos);
  CHECK(latex.find("0.5500 \\textasciitilde{}") != std::string::npos);
  for (const std::string& line : lines_of(latex)) {
    if (line.find(" & ") == std::string::npos) continue;
    std::size_t ands = 0;
    for (std::size_t at = line.find(" & "); at != std::string::npos; at = line.find(" & ", at + 1))
      ++ands;
    CHECK(ands == 10);
  }
}
