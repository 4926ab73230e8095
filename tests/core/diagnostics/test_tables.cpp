#include <cmath>
#include <limits>

#include "core/diagnostics/tables.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

AnalysisTables sample() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  AnalysisTables tables;
  tables.summary = {{"s, \"1\"", 0.1, "all", "", "fkl", 1.0 / 3, 5e-324, -0.0, 1e300, 2, 3, 17, 0, "token"},
                    {"s", 1, "category", "a\nb", "rkl", nan, nan, nan, nan, nan, nan, 0, 4, "example"}};
  tables.histogram = {{"s", 1, "teacher", 0, std::ldexp(1.0, -64), 12, 0},
                      {"s", 1, "fkl_gradient", 32768, std::numeric_limits<double>::infinity(), 1, 1e5}};
  tables.head_curve = {{"s", 2, "rkl_gradient", 50257, 1}};
  return tables;
}

void replace_in(const std::filesystem::path& path, const std::string& from, const std::string& to) {
  auto text = read_text(path);
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  write_text(path, text.replace(at, from.size(), to));
}

}  // namespace

TEST_CASE("tables read back as they were written") {
  const TemporaryFolder folder;
  write_tables(sample(), folder.path());
  const auto read = read_tables(folder.path());
  const auto wanted = sample();
  REQUIRE(read.summary.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto &a = read.summary[i], &b = wanted.summary[i];
    CHECK(a.student == b.student);
    CHECK(a.group == b.group);
    CHECK(a.group_value == b.group_value);
    CHECK(a.quantity == b.quantity);
    CHECK(a.average == b.average);
    CHECK(a.count == b.count);
    CHECK(a.invalid == b.invalid);
    for (const auto member : {&SummaryRow::tau, &SummaryRow::mean, &SummaryRow::median, &SummaryRow::p5,
                              &SummaryRow::p25, &SummaryRow::p75, &SummaryRow::p95}) {
      CHECK((a.*member == b.*member || (std::isnan(a.*member) && std::isnan(b.*member))));
    }
  }
  REQUIRE(read.histogram.size() == 2);
  CHECK(read.histogram[0].bin_high == std::ldexp(1.0, -64));
  CHECK(read.histogram[1].bin_high == std::numeric_limits<double>::infinity());
  CHECK(read.histogram[1].source == "fkl_gradient");
  CHECK(read.histogram[0].count == 12);
  CHECK(read.histogram[1].mass == 1e5);
  REQUIRE(read.head_curve.size() == 1);
  CHECK(read.head_curve[0].rank == 50257);
  CHECK(read.head_curve[0].share == 1);
  CHECK(read.head_curve[0].tau == 2);
}

TEST_CASE("the headers begin with the contract's columns, in its order") {
  const TemporaryFolder folder;
  write_tables({}, folder.path());
  CHECK(read_text(folder / "summary.csv") ==
        "student,tau,group,group_value,quantity,mean,median,p5,p25,p75,p95,count,invalid,average\n");
  CHECK(read_text(folder / "histogram.csv") == "student,tau,source,bin_low,bin_high,count,mass\n");
  CHECK(read_tables(folder.path()).summary.empty());
}

TEST_CASE("a table with extra columns is read, one with a column missing is not") {
  const TemporaryFolder folder;
  write_tables({}, folder.path());
  write_text(folder / "head_curve.csv", "share,note,rank,source,tau,student\n0.5,hello,3,teacher,1,s\n");
  const auto row = read_tables(folder.path()).head_curve.at(0);
  CHECK(row.share == 0.5);
  CHECK(row.rank == 3);
  CHECK(row.student == "s");
  write_text(folder / "head_curve.csv", "share,source,tau,student\n0.5,teacher,1,s\n");
  const auto error = error_of([&] { read_tables(folder.path()); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == (folder / "head_curve.csv").string());
}

TEST_CASE("a broken number names its file and line") {
  const TemporaryFolder folder;
  write_tables(sample(), folder.path());
  replace_in(folder / "summary.csv", ",17,0", ",seventeen,0");
  const auto error = error_of([&] { read_tables(folder.path()); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == (folder / "summary.csv").string());
  CHECK(std::string(error.what()).find("seventeen") != std::string::npos);
  CHECK(std::string(error.what()).find("line 2") != std::string::npos);
}
