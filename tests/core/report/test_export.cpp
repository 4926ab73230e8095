#include "core/report/export.h"

#include <algorithm>

#include "core/base/error.h"
#include "tests/core/report/synthetic_tables.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

void write_analysis(const std::filesystem::path& folder) {
  const std::vector<SyntheticStudent> students = {symmetric_student("s")};
  SyntheticSpec spec;
  spec.positions = 6;
  std::filesystem::create_directories(folder);
  write_tables(synthetic_tables(students, spec), folder);
  write_text(folder / "manifest.json", synthetic_manifest(students, spec).dump());
}

bool holds(const std::vector<std::string>& files, const std::string& name) {
  return std::find(files.begin(), files.end(), name) != files.end();
}

}  // namespace

TEST_CASE("an analysis is exported again from its folder alone") {
  const TemporaryFolder folder;
  write_analysis(folder / "in");
  SilentProgress progress;
  const auto all = export_directory(folder / "in", parse_export_formats("all"), folder / "all", progress);
  for (const char* name : {"figures/gradient_norm.png", "figures/gradient_norm.svg",
                           "figures/gradient_norm.pdf", "figures/gradient_norm.csv", "summary.csv",
                           "histogram.csv", "head_curve.csv", "manifest.json", "report.html"}) {
    INFO(name);
    CHECK(holds(all, name));
    CHECK(std::filesystem::exists(folder.path() / "all" / name));
  }
  CHECK(read_text(folder.path() / "all" / "summary.csv") == read_text(folder.path() / "in" / "summary.csv"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "in" / "figures"));

  const auto pdf = export_directory(folder / "in", parse_export_formats("pdf"), folder / "pdf", progress);
  CHECK(std::all_of(pdf.begin(), pdf.end(),
                    [](const std::string& n) { return n.size() > 4 && n.substr(n.size() - 4) == ".pdf"; }));
  CHECK(read_text(folder.path() / "pdf/figures/entropy.pdf") ==
        read_text(folder.path() / "all/figures/entropy.pdf"));

  const auto csv = export_directory(folder / "in", parse_export_formats("csv"), folder / "csv", progress);
  CHECK(holds(csv, "summary.csv"));
  CHECK(holds(csv, "figures/entropy.csv"));
  CHECK_FALSE(holds(csv, "figures/entropy.png"));
}

TEST_CASE("an export of something else is refused with a reason") {
  const TemporaryFolder folder;
  SilentProgress progress;
  CHECK_THROWS_AS(export_directory(folder / "absent", {}, folder / "out", progress), Error);
  CHECK_THROWS_AS(export_directory(folder.path(), {}, folder / "out", progress), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
  CHECK_THROWS_AS(parse_export_formats("jpeg"), Error);
  write_analysis(folder / "in");
  write_text(folder.path() / "in" / "summary.csv", "student,tau\ns,1\n");
  CHECK_THROWS_AS(export_directory(folder / "in", {}, folder / "out", progress), Error);
}
