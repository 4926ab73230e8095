// Tables that are read row by row, from the start and from places that were seen before.
#include <random>

#include "core/base/csv.h"
#include "core/base/csv_reader.h"
#include "core/base/text_input.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Rows of awkward texts and incompressible numbers, about 45 bytes each.
void write_rows(const std::filesystem::path& path, int rows, unsigned seed) {
  const std::vector<std::string> texts = {"plain", "a,b", "say \"hi\"", "two\nlines",
                                          "\"",    "",    "\r\n",       "naïve"};
  std::mt19937_64 random(seed);
  CsvWriter writer(path, {"i", "text", "x", "y"});
  for (int i = 0; i < rows; ++i) {
    writer.integer(i).text(texts[random() % texts.size()]);
    writer.number(static_cast<double>(random()) * 0x1p-64).number(static_cast<double>(i) / 7).end_row();
  }
  writer.commit();
}

std::vector<std::string> row_of(const CsvReader& reader) {
  return {reader.cells().begin(), reader.cells().end()};
}

}  // namespace

TEST_CASE("rows come as the whole table has them, and again from any place that was seen") {
  const TemporaryFolder folder;
  for (const char* name : {"t.csv", "t.csv.gz"}) {
    INFO(name);
    constexpr int count = 700000;  // about 30 MB of text: several ways into the compressed one
    write_rows(folder / name, count, 5);
    CsvReader reader(folder / name);
    CHECK(reader.header() == std::vector<std::string>{"i", "text", "x", "y"});
    const CsvTable table = CsvTable::read(folder / name);
    REQUIRE(table.rows.size() == count);
    std::vector<CsvReader::Place> places;
    std::size_t different = 0;
    while (reader.next()) {
      different += row_of(reader) != table.rows[places.size()] ? 1 : 0;
      different += reader.place().line != table.lines[places.size()] ? 1 : 0;
      places.push_back(reader.place());
    }
    CHECK(different == 0);
    REQUIRE(places.size() == table.rows.size());
    CHECK(reader.input().bytes_done() == std::filesystem::file_size(folder / name));

    std::filesystem::remove(folder / name);  // the open file stays readable
    std::mt19937 random(11);
    for (int jump = 0; jump < 60; ++jump) {
      const std::size_t row = jump == 0 ? 0 : random() % places.size();
      reader.seek(places[row]);
      for (std::size_t next = row; next < std::min(row + 3, places.size()); ++next) {
        REQUIRE(reader.next());
        CHECK(row_of(reader) == table.rows[next]);
        CHECK(reader.place().line == table.lines[next]);
      }
    }
    reader.seek(places.back());
    CHECK(reader.next());
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("a table of two gzip members can be entered in the second") {
  const TemporaryFolder folder;
  write_rows(folder / "t.csv.gz", 400000, 1);
  const std::string member = read_text(folder / "t.csv.gz");
  write_text(folder / "t.csv.gz", member + member);
  CsvReader reader(folder / "t.csv.gz");
  std::vector<CsvReader::Place> places;
  while (reader.next()) {
    places.push_back(reader.place());
  }
  REQUIRE(places.size() == 800001);  // the second header is a row
  for (const std::size_t row : {700000u, 399999u, 400000u, 800000u, 5u}) {
    reader.seek(places[row]);
    REQUIRE(reader.next());
    CHECK(reader.cell(0) == (row == 400000 ? "i" : std::to_string(row - (row > 400000 ? 400001 : 0))));
  }
}

TEST_CASE("a row that fits no buffer is read whole, and one that never ends is refused") {
  const TemporaryFolder folder;
  const std::string wide(3000000, 'x');
  write_text(folder / "t.csv", "a,b\n1,\"" + wide + "\"\n2,y\n");
  CsvReader reader(folder / "t.csv");
  REQUIRE(reader.next());
  CHECK(reader.cell(1) == wide);
  REQUIRE(reader.next());
  CHECK(reader.integer(0) == 2);

  write_text(folder / "open.csv", "a,b\n1,\"" + std::string(2 * CsvReader::max_row_bytes, 'x') + "\n");
  const Error error = error_of([&] {
    CsvReader endless(folder / "open.csv");
    endless.next();
  });
  CHECK(error.field_name() == "line 2");
}

TEST_CASE("a reader names file, line and column of what it cannot take") {
  const TemporaryFolder folder;
  write_text(folder / "t.csv", "a,b\n1,x\n");
  CsvReader reader(folder / "t.csv");
  CHECK(error_of([&] { reader.column("c"); }).found_value() == "a, b");
  REQUIRE(reader.next());
  const Error error = error_of([&] { reader.number(reader.column("b")); });
  CHECK(error.file() == (folder / "t.csv").string());
  CHECK(error.field_name() == "line 2, column b");
  CHECK(error.found_value() == "\"x\"");
  CHECK(error_of([&] { CsvReader(folder / "absent.csv"); }).kind() == ErrorKind::bad_input);
  CHECK(error_of([&] { CsvReader(folder.path()); }).kind() == ErrorKind::bad_input);
}
