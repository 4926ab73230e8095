#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 30;

/// All members of a gzip file.
std::string gunzip(std::string_view packed, const std::string& file) {
  const auto broken = [&](const char* problem) {
    return Error::bad_input(file, problem).remedy("write or copy the file again");
  };
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw Error::exhausted(file, "no memory for decompression");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, &inflateEnd);

  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string content;
  std::vector<char> block(std::size_t{1} << 18);
  while (stream.avail_in > 0) {
    int result = Z_OK;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(block.data());
      stream.avail_out = static_cast<uInt>(block.size());
      result = inflate(&stream, Z_NO_FLUSH);
      if (result == Z_BUF_ERROR) throw broken("the compressed data ends early");
      if (result != Z_OK && result != Z_STREAM_END) throw broken("the compressed data is damaged");
      content.append(block.data(), block.size() - stream.avail_out);
      if (content.size() > max_bytes) throw broken("the table is larger than 1 GiB");
    } while (result != Z_STREAM_END);
    inflateReset(&stream);
  }
  return content;
}

/// Cuts RFC 4180 text into rows; "\n" and "\r\n" both end one.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  bool at_end() const { return at_ == text_.size(); }
  std::int64_t line() const { return line_; }

  void skip_empty_lines() {
    for (; peek() == '\n' || text_.substr(at_).starts_with("\r\n"); ++line_)
      at_ += peek() == '\n' ? 1 : 2;
  }

  std::vector<std::string> row() {
    std::vector<std::string> cells;
    do
      cells.push_back(peek() == '"' ? quoted() : plain());
    while (skip(','));
    if (skip('\r') && peek() != '\n') throw broken("a carriage return that does not end the line");
    if (skip('\n')) ++line_;
    return cells;
  }

 private:
  int peek() const { return at_end() ? -1 : static_cast<unsigned char>(text_[at_]); }
  bool skip(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  Error broken(std::string problem) const {
    return Error::bad_input(file_, std::move(problem)).field("line " + std::to_string(line_));
  }

  std::string plain() {
    const std::size_t start = at_;
    at_ = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    if (peek() == '"') throw broken("a quote inside an unquoted field").expected("\"...\"\"...\"");
    return std::string(text_.substr(start, at_ - start));
  }

  std::string quoted() {
    const std::int64_t first_line = line_;
    std::string value;
    ++at_;
    for (;; value += '"') {
      const std::size_t quote = text_.find('"', at_);
      if (quote == text_.npos) {
        line_ = first_line;
        throw broken("a quoted field is not closed");
      }
      const auto part = text_.substr(at_, quote - at_);
      line_ += std::count(part.begin(), part.end(), '\n');
      value += part;
      at_ = quote + 1;
      if (!skip('"')) break;
    }
    if (const int next = peek(); next != -1 && next != ',' && next != '\r' && next != '\n')
      throw broken("text behind the closing quote of a field");
    return value;
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

}  // namespace

CsvTable CsvTable::read(const std::filesystem::path& path) {
  CsvTable table;
  table.file = path.string();
  std::string content = read_file(path, max_bytes);
  if (content.starts_with("\x1F\x8B")) content = gunzip(content, table.file);

  std::string_view text = content;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Reader reader(text, table.file);
  for (;;) {
    reader.skip_empty_lines();
    if (reader.at_end()) break;
    const std::int64_t line = reader.line();
    std::vector<std::string> cells = reader.row();
    if (table.header.empty()) {
      table.header = std::move(cells);
      continue;
    }
    if (cells.size() != table.header.size())
      throw Error::bad_input(table.file, "the row has another number of cells than the header")
          .field("line " + std::to_string(line))
          .found(std::to_string(cells.size()))
          .expected(std::to_string(table.header.size()));
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line);
  }
  if (table.header.empty())
    throw Error::bad_input(table.file, "the table is empty").expected("a line of column names");
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
