// tokens.csv read back: everything that was written, example by example, and its means.
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/diagnostics/tokens_reader.h"
#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/analysis_run.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::size_t column_index(const std::string& name) {
  const auto columns = statistics_columns();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (name == columns[i].name) return i;
  throw std::logic_error(name);
}

/// Equal to the last bit, NaN included.
bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

std::shared_ptr<const TokensIndex> index_of(const std::filesystem::path& path, const AnalysisSpec& spec,
                                            std::vector<std::string> students = {"near", "far"}) {
  SilentProgress silent;
  return TokensIndex::build(path, std::move(students), spec.taus, silent, {});
}

}  // namespace

TEST_CASE("an example read back is what was written for it, in any order of asking") {
  auto spec = small_spec();
  spec.tokens = GENERATE(TokensFormat::csv, TokensFormat::csv_gz);
  SyntheticShape shape;
  shape.edit = [](std::size_t side, std::int64_t example, std::int64_t position, float* row) {
    if (side == 1 && example == 2 && position == 3) row[5] = std::nanf("");  // a row of nothing but nan
  };
  const auto done = run(shape, spec);
  const auto path = tokens_file(done->folder.path());
  REQUIRE_FALSE(path.empty());
  const auto index = index_of(path, spec);
  CHECK(index->problem().empty());
  REQUIRE(index->entries().size() == 6);
  CHECK(index->find(23));
  CHECK_FALSE(index->find(24));

  const CsvTable table = CsvTable::read(path);
  for (const std::int64_t example : {53, 3, 23, 13, 23}) {
    INFO("example " << example);
    const TokensOfExample found = index->read(example);
    CHECK(found.positions.size() == index->find(example)->rows);
    CHECK(found.positions.size() == shape.rows_of(example / 10));
    CHECK(found.has_targets());
    std::size_t checked = 0, different = 0;
    for (std::size_t line = 0; line < table.rows.size(); ++line) {
      if (table.integer(line, table.column("example")) != example) continue;
      const auto row = static_cast<std::size_t>(table.integer(line, table.column("position")));
      const std::size_t student = table.rows[line][table.column("student")] == "far" ? 1 : 0;
      const double tau = table.number(line, table.column("tau"));
      const std::size_t k = tau == 0.5 ? 0 : tau == 1 ? 1 : 2;
      CHECK(found.targets[row] == table.integer(line, table.column("token_id")));
      CHECK(printable_utf8(found.tokens[row]) == table.rows[line][table.column("token")]);
      CHECK(found.tokens[row] == index->token(found.targets[row]));
      for (const auto& column : statistics_columns()) {
        const double written = table.number(line, table.column(column.name));
        different += same(found.students[student][row * 3 + k].*column.member, written) ? 0 : 1;
        ++checked;
      }
    }
    CHECK(different == 0);
    CHECK(checked == found.positions.size() * 2 * 3 * statistics_columns().size());
  }
  CHECK(error_of([&] { index->read(24); }).field_name() == "example 24");
}

TEST_CASE("means of examples are those of their finite values") {
  const auto spec = small_spec();
  const auto done = run(SyntheticShape{}, spec);
  const auto path = tokens_file(done->folder.path());
  SilentProgress silent;
  const auto found = example_means(path, {"far", "near"}, {3, 0.5, 1}, 1 << 20, silent, {});
  REQUIRE(found);
  CHECK(found->complete);
  CHECK(found->examples == std::vector<std::int64_t>{3, 13, 23, 33, 43, 53});
  const std::size_t columns = statistics_columns().size();
  REQUIRE(found->means.size() == 2 * 3 * columns * 6);

  const auto index = index_of(path, spec);
  for (const char* name : {"fkl", "rank_target_teacher", "rkl_grad_cos_tau1"}) {
    const std::size_t column = column_index(name);
    for (std::size_t e = 0; e < 6; ++e) {
      const TokensOfExample example = index->read(found->examples[e]);
      double sum = 0;
      std::size_t count = 0;
      for (std::size_t row = 0; row < example.positions.size(); ++row) {
        // "near" is index 0 there and 1 here; tau 3 is index 2 there and 0 here.
        const double value = example.students[0][row * 3 + 2].*statistics_columns()[column].member;
        if (!std::isfinite(value)) continue;
        sum += value;
        ++count;
      }
      const double mean = found->means[((1 * 3 + 0) * columns + column) * 6 + e];
      CHECK(mean == Approx(sum / static_cast<double>(count)).epsilon(1e-13));
    }
  }

  const auto cut = example_means(path, {"far", "near"}, {3, 0.5, 1}, 2 * 3 * columns * 8 * 2 + 1, silent, {});
  REQUIRE(cut);
  CHECK_FALSE(cut->complete);
  CHECK(cut->examples == std::vector<std::int64_t>{3, 13});
  CHECK(same(cut->means[column_index("fkl") * 2 + 1], found->means[column_index("fkl") * 6 + 1]));
}

TEST_CASE("a table without targets and texts that are no UTF-8 come back as they were") {
  SyntheticShape shape;
  shape.targets = false;
  const auto done = run(shape, small_spec());
  const auto index = index_of(done->folder / "tokens.csv", small_spec());
  const TokensOfExample example = index->read(3);
  CHECK_FALSE(example.has_targets());
  CHECK(std::isnan(example.students[0][0].nll_target));
  CHECK(example.students[0][0].fkl > 0);

  for (const std::string& bytes : {std::string("\x80\xFF"), std::string("a\xE2\x82"), std::string("<0x0A>"),
                                   std::string("<0xzz>"), std::string("\xC3\xA9 <0x"), std::string()})
    CHECK(bytes_of_printable(printable_utf8(bytes)) == bytes);
}

TEST_CASE("a damaged table is used as far as it goes, and says where it ends") {
  const auto done = run(SyntheticShape{}, small_spec());
  const std::string whole = done->text("tokens.csv");
  const auto problem_of = [&](const std::string& text, std::size_t entries) {
    write_text(done->folder / "tokens.csv", text);
    const auto index = index_of(done->folder / "tokens.csv", small_spec());
    CHECK(index->entries().size() == entries);
    SilentProgress silent;
    CHECK_THROWS_AS(
        example_means(done->folder / "tokens.csv", {"near", "far"}, small_spec().taus, 1 << 20, silent, {}),
        Error);
    for (const auto& entry : index->entries())
      CHECK(index->read(entry.example).positions.size() == entry.rows);
    return index->problem();
  };
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  const std::size_t in_last = whole.rfind("\n53,3,") + 1;
  CHECK(contains(problem_of(whole.substr(0, in_last + 20), 5), "number of cells"));
  std::string other = whole;
  other.replace(other.find(",near,", whole.find("\n23,2,")), 6, ",fear,");
  CHECK(contains(problem_of(other, 2), "no such student"));
  const std::size_t second = whole.find("\n13,0,") + 1, third = whole.find("\n23,0,") + 1;
  CHECK(contains(
      problem_of(whole.substr(0, second) + whole.substr(third) + whole.substr(second, third - second), 4),
      "higher number"));

  write_text(done->folder / "tokens.csv", "example,position\n");
  CHECK(error_of([&] { index_of(done->folder / "tokens.csv", small_spec()); }).field_name() == "token_id");
}

TEST_CASE("a stop request ends both readings") {
  const auto done = run(SyntheticShape{}, small_spec());
  std::stop_source stop;
  stop.request_stop();
  SilentProgress silent;
  CHECK_FALSE(TokensIndex::build(done->folder / "tokens.csv", {"near", "far"}, small_spec().taus, silent,
                                 stop.get_token()));
  CHECK_FALSE(example_means(done->folder / "tokens.csv", {"near", "far"}, small_spec().taus, 1 << 20, silent,
                            stop.get_token()));
}
