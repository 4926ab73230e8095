#include <zlib.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/base/files.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;

TEST_CASE("numbers are the shortest text that reads back exactly") {
  CHECK(format_number(0.1) == "0.1");
  CHECK(format_number(0.1f) == "0.10000000149011612");
  CHECK(format_number(3) == "3");
  CHECK(format_number(-0.0) == "-0");
  CHECK(format_number(1e300) == "1e+300");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(format_number(infinity) == "inf");
  CHECK(format_number(-infinity) == "-inf");
  CHECK(format_number(std::nan("")) == "nan");
  CHECK(format_number(-std::nan("")) == "nan");
}

TEST_CASE("random bit patterns survive the way through a CSV file") {
  const test::TemporaryFolder folder;
  std::mt19937_64 random(7);
  std::vector<double> values{5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0 / 3};
  while (values.size() < 20000)
    if (const double value = std::bit_cast<double>(random()); std::isfinite(value)) values.push_back(value);
  for (const char* name : {"t.csv", "t.csv.gz"}) {
    CsvWriter writer(folder / name, {"value", "row"});
    for (std::size_t i = 0; i < values.size(); ++i)
      writer.number(values[i]).integer(static_cast<std::int64_t>(i)).end_row();
    writer.commit();
    const CsvTable table = CsvTable::read(folder / name);
    REQUIRE(table.rows.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::bit_cast<std::uint64_t>(table.number(i, 0)) != std::bit_cast<std::uint64_t>(values[i]))
        FAIL(values[i]);
      if (table.integer(i, 1) != static_cast<std::int64_t>(i)) FAIL(i);
    }
  }
}

TEST_CASE("CSV fields are quoted as RFC 4180 asks, and are always UTF-8") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_field("\"") == "\"\"\"\"");
  CHECK(csv_field("a\nb") == "\"a\nb\"");
  CHECK(csv_field("\r") == "\"\r\"");
  CHECK(csv_field(" ü€😀") == " ü€😀");
  CHECK(csv_field("\xE2\x82,") == "\"<0xE2><0x82>,\"");
}

TEST_CASE("bytes that are not UTF-8 become visible, one by one") {  // Unicode 15, table 3-7
  CHECK(printable_utf8("a\xFFz") == "a<0xFF>z");
  CHECK(printable_utf8("\xC0\x80") == "<0xC0><0x80>");
  CHECK(printable_utf8("\xE0\x9F\xBF") == "<0xE0><0x9F><0xBF>");
  CHECK(printable_utf8("\xED\xA0\x80") == "<0xED><0xA0><0x80>");
  CHECK(printable_utf8("\xF0\x8F\xBF\xBF") == "<0xF0><0x8F><0xBF><0xBF>");
  CHECK(printable_utf8("\xF4\x90\x80\x80") == "<0xF4><0x90><0x80><0x80>");
  CHECK(printable_utf8("\xF5\x80\x80\x80") == "<0xF5><0x80><0x80><0x80>");
  CHECK(printable_utf8("\xE2\x82") == "<0xE2><0x82>");
  CHECK(printable_utf8("\xE2\x28\xA1") == "<0xE2>(<0xA1>");
  for (const char* valid : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                            "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    CHECK(printable_utf8(valid) == valid);
}

TEST_CASE("a table is written and read back, with every awkward text") {
  const test::TemporaryFolder folder;
  const std::vector<std::vector<std::string>> rows{
      {"a,b", "\"q\""}, {"line\nend", "\r\n"}, {"", ""}, {" x ", "ü"}, {"\"\"", ","}};
  for (const char* name : {"t.csv", "t.csv.gz"}) {
    CsvWriter writer(folder / name, {"first, column", "second"});
    for (const auto& row : rows)
      writer.text(row[0]).text(row[1]).end_row();
    CHECK_FALSE(std::filesystem::exists(folder / name));
    writer.commit();
    const CsvTable table = CsvTable::read(folder / name);
    CHECK(table.header == std::vector<std::string>{"first, column", "second"});
    CHECK(table.rows == rows);
    CHECK(table.lines == std::vector<std::int64_t>{2, 3, 6, 7, 8});
    CHECK(table.column("second") == 1);
  }
  CHECK(test::read_text(folder / "t.csv").starts_with("\"first, column\",second\n\"a,b\",\"\"\"q\"\"\"\n"));
  CHECK(test::read_text(folder / "t.csv.gz").starts_with("\x1F\x8B"));
  CHECK(error_of([&] { CsvTable::read(folder / "t.csv").column("third"); }).found_value() ==
        "first, column, second");
}

TEST_CASE("a table of one column keeps its empty cells") {
  const test::TemporaryFolder folder;
  CsvWriter writer(folder / "t.csv", {"x"});
  writer.text("").end_row();
  writer.empty().end_row();
  writer.commit();
  CHECK(CsvTable::read(folder / "t.csv").rows == std::vector<std::vector<std::string>>{{""}, {""}});
}

TEST_CASE("a row of the wrong length is the caller's mistake") {
  const test::TemporaryFolder folder;
  CsvWriter writer(folder / "t.csv", {"x", "y"});
  writer.integer(1);
  CHECK_THROWS_AS(writer.commit(), std::logic_error);
  CHECK_THROWS_AS(writer.end_row(), std::logic_error);
}

TEST_CASE("tables written elsewhere are read: CRLF, byte-order mark, no last line end, empty lines") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "t.csv",
                   "\xEF\xBB\xBF"
                   "a,b\r\n\r\n1,\"x\r\ny\"\r\n\n2,");
  const CsvTable table = CsvTable::read(folder / "t.csv");
  CHECK(table.header == std::vector<std::string>{"a", "b"});
  CHECK(table.rows == std::vector<std::vector<std::string>>{{"1", "x\r\ny"}, {"2", ""}});
  CHECK(table.lines == std::vector<std::int64_t>{3, 6});
}

TEST_CASE("a broken table names file and line") {
  const test::TemporaryFolder folder;
  const auto check = [&](const std::string& text, const std::string& field, const std::string& problem) {
    test::write_text(folder / "t.csv", text);
    const Error error = error_of([&] { CsvTable::read(folder / "t.csv"); });
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.file() == (folder / "t.csv").string());
    CHECK(error.field_name() == field);
    CHECK(error.problem() == problem);
  };
  check("", "", "the table is empty");
  check("\n\n", "", "the table is empty");
  check("a,b\n1,2\n3\n", "line 3", "the row has another number of cells than the header");
  check("a,b\n1,\"x\n\n", "line 2", "a quoted field is not closed");
  check("a,b\n1,x\"y\n", "line 2", "a quote inside an unquoted field");
  check("a,b\n\"x\ny\"z,2\n", "line 3", "text behind the closing quote of a field");
  check("a,b,c,b\n1,2,3,4\n", "line 1", "two columns have the same name");
  check("\n,x,\n1,2,3\n", "line 2", "two columns have the same name");
  check("a,b\n1,2\r3,4\n", "line 2", "a carriage return that does not end the line");
}

TEST_CASE("cells that are not numbers are named by line and column") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "t.csv",
                   "a,b\ninf,-inf\nnan,1e-310\n 1,1x\n,1e999\n0x10,9223372036854775808\n1.5,+1\n");
  const CsvTable table = CsvTable::read(folder / "t.csv");
  CHECK(std::isinf(table.number(0, 0)));
  CHECK(table.number(0, 1) < 0);
  CHECK(std::isnan(table.number(1, 0)));
  CHECK(table.number(1, 1) == 1e-310);
  for (const auto& [row, column] :
       std::vector<std::pair<std::size_t, std::size_t>>{{2, 0}, {2, 1}, {3, 0}, {3, 1}, {4, 0}, {5, 1}}) {
    const Error error = error_of([&, row = row, column = column] { table.number(row, column); });
    CHECK(error.field_name() == "line " + std::to_string(row + 2) + ", column " + (column ? "b" : "a"));
  }
  CHECK(table.number(4, 1) == 9223372036854775808.0);
  CHECK_THROWS_AS(table.integer(4, 1), Error);
  CHECK_THROWS_AS(table.integer(5, 0), Error);
}

TEST_CASE("a damaged gzip table is refused") {
  const test::TemporaryFolder folder;
  {
    CsvWriter writer(folder / "t.csv.gz", {"x"});
    for (int i = 0; i < 10000; ++i)
      writer.integer(i * 7919).end_row();
    writer.commit();
  }
  const std::string whole = test::read_text(folder / "t.csv.gz");
  const auto problem = [&](const std::string& bytes) {
    test::write_text(folder / "t.csv.gz", bytes);
    return error_of([&] { CsvTable::read(folder / "t.csv.gz"); }).problem();
  };
  CHECK(problem(whole.substr(0, whole.size() / 2)) == "the compressed data ends early");
  CHECK(problem(whole.substr(0, whole.size() - 1)) == "the compressed data ends early");
  std::string flipped = whole;
  flipped[whole.size() - 6] ^= 1;  // in the checksum
  CHECK(problem(flipped) == "the compressed data is damaged");
  CHECK(problem(whole + "x") == "the compressed data ends early");
  test::write_text(folder / "t.csv.gz", whole + whole);  // two members are one table
  CHECK_NOTHROW(CsvTable::read(folder / "t.csv.gz"));
}

TEST_CASE("equal content gives equal files, compressed or not") {
  const test::TemporaryFolder folder;
  for (const char* extension : {".csv", ".csv.gz"}) {
    for (const char* name : {"a", "b"}) {
      CsvWriter writer(folder / (std::string(name) + extension), {"x", "y"});
      for (int i = 0; i < 1000; ++i)
        writer.number(i / 7.0).text("t").end_row();
      writer.commit();
    }
    CHECK(test::read_text(folder / (std::string("a") + extension)) ==
          test::read_text(folder / (std::string("b") + extension)));
  }
}

TEST_CASE("writing speed", "[.bench]") {  // ts_test_base "[.bench]"
  const test::TemporaryFolder folder;
  std::mt19937_64 random(3);
  std::vector<double> values(1000003);
  for (auto& value : values)
    value = static_cast<float>(random() * 0x1p-64);
  for (const char* name : {"t.csv", "t.csv.gz"}) {
    const auto start = std::chrono::steady_clock::now();
    CsvWriter writer(folder / name, std::vector<std::string>(45, "x"));
    for (int row = 0; row < 100000; ++row) {
      for (int column = 0; column < 43; ++column)
        writer.number(values[static_cast<std::size_t>(row * 43 + column) % values.size()]);
      writer.integer(row).text(" token").end_row();
    }
    writer.commit();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    WARN(name << ": " << 4.5 / seconds << " million cells a second, "
              << std::filesystem::file_size(folder / name) / seconds / 1e6 << " MB/s");
  }
}
