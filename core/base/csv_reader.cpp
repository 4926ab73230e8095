#include "core/base/csv_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {
namespace {

constexpr std::size_t first_buffer = std::size_t{1} << 18;

Error broken(const std::string& file, std::string problem, std::int64_t line) {
  return Error::bad_input(file, std::move(problem)).field("line " + std::to_string(line));
}

template <class T>
bool whole_number(std::string_view cell, T& value) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size();
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& path)
    : file_(path.string()), input_(TextInput::open(path)), buffer_(first_buffer, '\0') {
  fill();
  if (std::string_view(buffer_.data(), filled_).starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (!find_row()) throw Error::bad_input(file_, "the table is empty").expected("a line of column names");
  cut_row();
  header_.assign(cells_.begin(), cells_.end());
  require_distinct_columns();
}

/// A column is asked for by its name: of two that have one, either could be meant.
void CsvReader::require_distinct_columns() const {
  std::vector<std::string> sorted = header_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    throw broken(file_, "two columns have the same name", row_.line)
        .found(printable_utf8(*twice))
        .remedy("rename or remove one of them");
}

/// Moves what is not used yet to the buffer's start and reads on behind it; false where there is no more.
bool CsvReader::fill() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
  buffer_offset_ += at_;
  filled_ -= at_;
  at_ = 0;
  if (filled_ > buffer_.size() / 2) {
    if (buffer_.size() > max_row_bytes)
      throw broken(file_, "a row is longer than any table's; is a quote missing?", line_);
    buffer_.resize(2 * buffer_.size());
  }
  const std::size_t got = input_->read(std::span(buffer_).subspan(filled_));
  filled_ += got;
  ended_ = filled_ < buffer_.size();
  return got > 0;
}

void CsvReader::skip_empty_lines() {
  for (;;) {
    while (filled_ - at_ < 2 && fill()) {
    }
    const std::string_view rest(buffer_.data() + at_, filled_ - at_);
    const std::size_t empty = rest.starts_with("\n") ? 1 : rest.starts_with("\r\n") ? 2 : 0;
    if (empty == 0) return;
    at_ += empty;
    ++line_;
  }
}

/// Makes the buffer hold the whole next row, up to row_end_; false at the end of the text.
bool CsvReader::find_row() {
  skip_empty_lines();
  if (at_ == filled_) return false;
  std::size_t searched = at_;
  bool quoted = false;
  for (;;) {
    const char* const from = buffer_.data() + searched;
    const void* const found = std::memchr(from, '\n', filled_ - searched);
    const char* const end = found ? static_cast<const char*>(found) : buffer_.data() + filled_;
    if (std::count(from, end, '"') % 2 != 0) quoted = !quoted;
    searched = static_cast<std::size_t>(end - buffer_.data()) + (found ? 1 : 0);
    if (found && !quoted) break;
    if (found) continue;
    const std::size_t in_row = searched - at_;
    if (!fill()) break;
    searched = at_ + in_row;
  }
  row_end_ = searched;
  row_ = {buffer_offset_ + at_, line_};
  return true;
}

int CsvReader::peek() const {
  return at_ == row_end_ ? -1 : static_cast<unsigned char>(buffer_[at_]);
}
bool CsvReader::skip(char c) {
  if (peek() != static_cast<unsigned char>(c)) return false;
  ++at_;
  return true;
}

std::string_view CsvReader::plain_cell() {
  const std::size_t start = at_;
  while (at_ < row_end_) {
    const char c = buffer_[at_];
    if (c == ',' || c == '\r' || c == '\n') break;
    if (c == '"') throw broken(file_, "a quote inside an unquoted field", line_).expected("\"...\"\"...\"");
    ++at_;
  }
  return {buffer_.data() + start, at_ - start};
}

/// Doubled quotes are joined in place: the cell only becomes shorter.
std::string_view CsvReader::quoted_cell() {
  const std::int64_t first_line = line_;
  const std::size_t start = ++at_;
  std::size_t end = start;
  for (;;) {
    if (at_ == row_end_) throw broken(file_, "a quoted field is not closed", first_line);
    const char c = buffer_[at_++];
    if (c == '"' && !skip('"')) break;
    if (c == '\n') ++line_;
    buffer_[end++] = c;
  }
  if (const int next = peek(); next != -1 && next != ',' && next != '\r' && next != '\n')
    throw broken(file_, "text behind the closing quote of a field", line_);
  return {buffer_.data() + start, end - start};
}

void CsvReader::cut_row() {
  cells_.clear();
  do
    cells_.push_back(peek() == '"' ? quoted_cell() : plain_cell());
  while (skip(','));
  if (skip('\r') && peek() != '\n')
    throw broken(file_, "a carriage return that does not end the line", line_);
  if (skip('\n')) ++line_;
}

bool CsvReader::next() {
  if (!find_row()) return false;
  cut_row();
  if (cells_.size() != header_.size())
    throw broken(file_, "the row has another number of cells than the header", row_.line)
        .found(std::to_string(cells_.size()))
        .expected(std::to_string(header_.size()));
  return true;
}

void CsvReader::seek(const Place& place) {
  input_->seek(place.offset);
  at_ = filled_ = 0;
  buffer_offset_ = place.offset;
  line_ = place.line;
  ended_ = false;
}

std::size_t CsvReader::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found != header_.end()) return static_cast<std::size_t>(found - header_.begin());
  std::string names;
  for (const auto& column : header_)
    names += (names.empty() ? "" : ", ") + printable_utf8(column);
  throw Error::bad_input(file_, "the column is missing").field(std::string(name)).found(names);
}

void CsvReader::refuse(std::size_t column, const std::string& problem, const std::string& expected) const {
  throw broken(file_, problem, row_.line)
      .field("line " + std::to_string(row_.line) + ", column " + header_.at(column))
      .found("\"" + printable_utf8(cells_.at(column).substr(0, 60)) + "\"")
      .expected(expected);
}

double CsvReader::number(std::size_t column) const {
  double value{};
  if (!whole_number(cells_[column], value)) refuse(column, "is not a number that can be used", "a number");
  return value;
}

std::int64_t CsvReader::integer(std::size_t column) const {
  std::int64_t value{};
  if (!whole_number(cells_[column], value))
    refuse(column, "is not a number that can be used", "an integer of at most 64 bits");
  return value;
}

}  // namespace tauscope
