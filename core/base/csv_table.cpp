#include <algorithm>
#include <charconv>
#include <string>

#include "core/base/csv.h"
#include "core/base/csv_reader.h"
#include "core/base/error.h"

namespace tauscope {
namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{1} << 30;

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  CsvReader reader(path);
  CsvTable table;
  table.file = reader.file();
  table.header = reader.header();
  while (reader.next()) {
    if (reader.place().offset > max_bytes)
      throw Error::bad_input(table.file, "the table is larger than 1 GiB");
    table.rows.emplace_back(reader.cells().begin(), reader.cells().end());
    table.lines.push_back(reader.place().line);
  }
  return table;
}

std::size_t CsvTable::column(const std::string& name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  std::string names;
  for (const auto& column : header)
    names += (names.empty() ? "" : ", ") + printable_utf8(column);
  throw Error::bad_input(file, "the column is missing").field(name).found(names);
}

namespace {

template <class T>
T whole_number(const CsvTable& table, std::size_t row, std::size_t column, const char* expected) {
  const std::string& cell = table.rows.at(row).at(column);
  T value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc() && end == cell.data() + cell.size()) return value;
  throw Error::bad_input(table.file, "is not a number that can be used")
      .field("line " + std::to_string(table.lines.at(row)) + ", column " + table.header.at(column))
      .found("\"" + printable_utf8(std::string_view(cell).substr(0, 60)) + "\"")
      .expected(expected);
}

}  // namespace

double CsvTable::number(std::size_t row, std::size_t column) const {
  return whole_number<double>(*this, row, column, "a number");
}

std::int64_t CsvTable::integer(std::size_t row, std::size_t column) const {
  return whole_number<std::int64_t>(*this, row, column, "an integer of at most 64 bits");
}

}  // namespace tauscope
