// Logits files -> tables, against figures that numpy computed from the definitions
// (tests/golden/diagnostics).
#include <cmath>
#include <cstring>
#include <map>

#include "core/diagnostics/logits_source.h"
#include "tests/core/diagnostics/analysis_run.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::shared_ptr<const LogitsFile> golden(const std::string& name) {
  return LogitsFile::open(source_path("tests/golden/diagnostics/" + name));
}

LogitsSource corpus(std::size_t chunk_rows) {
  return {join_logits(golden("corpus-teacher.safetensors"),
                      {golden("corpus-near.safetensors"), golden("corpus-far.safetensors")}),
          {"near", "far"},
          chunk_rows};
}

LogitsSource intersection() {
  return {join_logits(golden("intersect-teacher.safetensors"), {golden("intersect-student.safetensors")},
                      VocabularyRule::intersect),
          {"student"}};
}

AnalysisSpec golden_spec(const std::string& variant) {
  AnalysisSpec spec;
  spec.taus = {0.5, 4};
  spec.variant = variant;
  return spec;
}

/// The tolerance of math.md: float kernels against float64.
bool within_bounds(double got, double wanted) {
  return std::abs(got - wanted) <= 1e-5 * std::max(std::abs(wanted), 1e-2) + 1e-9;
}

}  // namespace

TEST_CASE("the summary of logits files agrees with numpy's in every column") {
  const auto wanted = CsvTable::read(source_path("tests/golden/diagnostics/corpus-summary.csv"));
  const std::size_t chunk_rows = GENERATE(0, 3);
  for (const auto* variant : kernel_variants()) {
    if (!variant->supported() || variant->mode() != "exact") continue;
    auto source = corpus(chunk_rows);
    const auto done = run(source, golden_spec(variant->name()));
    CHECK(done->result.complete);
    CHECK(done->result.counts.examples == 1);
    CHECK(done->result.counts.positions == 21);
    std::map<std::vector<std::string>, SummaryRow> rows;
    for (const auto& row : done->result.tables.summary) {
      rows[{row.student, format_number(row.tau), row.group, row.group_value, row.quantity}] = row;
    }
    REQUIRE(wanted.rows.size() == 2 * 2 * 3 * statistics_columns().size());
    for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
      const auto& cells = wanted.rows[i];
      const double tau = wanted.number(i, 1);
      const auto found = rows.find({cells[0], format_number(tau), cells[2], cells[3], cells[4]});
      INFO(variant->name() << " " << cells[0] << " " << tau << " " << cells[2] << " " << cells[3] << " "
                           << cells[4]);
      REQUIRE(found != rows.end());
      const auto& row = found->second;
      REQUIRE(row.count == wanted.integer(i, wanted.column("count")));
      REQUIRE(row.invalid == 0);
      const std::pair<const char*, double> values[] = {{"mean", row.mean}, {"median", row.median},
                                                       {"p5", row.p5},     {"p25", row.p25},
                                                       {"p75", row.p75},   {"p95", row.p95}};
      for (const auto& [name, value] : values) {
        INFO(name << " " << value << " " << wanted.number(i, wanted.column(name)));
        REQUIRE(within_bounds(value, wanted.number(i, wanted.column(name))));
      }
    }
  }
}

TEST_CASE("positions are row indices, and rows that are not scored are left out") {
  auto source = corpus(4);
  CHECK(source.row_count() == 21);
  std::vector<std::int64_t> positions;
  while (const auto chunk = source.next({})) {
    CHECK(chunk->teacher.rows <= 4);
    CHECK(chunk->targets.size() == chunk->teacher.rows);
    for (std::size_t r = 0; r < chunk->teacher.rows; ++r) {
      positions.push_back(chunk->position(r));
      const auto original = golden("corpus-far.safetensors");
      CHECK(std::memcmp(chunk->students[1].row(r),
                        original->logits().row(static_cast<std::size_t>(chunk->position(r))),
                        37 * sizeof(std::uint16_t)) == 0);
    }
    CHECK(chunk->last_of_example == (positions.size() == 21));
  }
  CHECK(positions == std::vector<std::int64_t>{3,  4,  5,  6,  9,  10, 11, 12, 14, 15, 16,
                                               17, 18, 19, 21, 22, 23, 24, 25, 26, 27});
}

TEST_CASE("an intersection of vocabularies reports the mass it drops, per position") {
  const auto wanted = CsvTable::read(source_path("tests/golden/diagnostics/intersect-tokens.csv"));
  auto source = intersection();
  const auto done = run(source, golden_spec("reference"));
  const auto tokens = done->tokens();
  REQUIRE(tokens.rows.size() == wanted.rows.size());
  CHECK(tokens.header[tokens.header.size() - 2] == "teacher_dropped_mass");
  CHECK(tokens.header.back() == "student_dropped_mass");
  for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
    for (const auto& name : wanted.header) {
      INFO(i << " " << name);
      CHECK(tokens.number(i, tokens.column(name)) ==
            Approx(wanted.number(i, wanted.column(name))).epsilon(1e-9));
    }
    CHECK(tokens.rows[i][tokens.column("token_id")].empty());
    CHECK(tokens.rows[i][tokens.column("nll_target")].empty());
  }
}

TEST_CASE("without an intersection there is no column of dropped mass") {
  auto source = corpus(0);
  CHECK_FALSE(source.drops_vocabulary());
  for (const auto& name : run(source, golden_spec("reference"))->tokens().header) {
    CHECK(name.find("dropped") == name.npos);
  }
}
