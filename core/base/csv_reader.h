// CSV (RFC 4180) row by row: memory holds one row, whatever the size of the table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text_input.h"

namespace tauscope {

class CsvReader {
 public:
  static constexpr std::size_t max_row_bytes = std::size_t{64} << 20;

  /// Opens the table, gzip or not, and reads its header, whose names differ. A byte-order mark and empty
  /// lines are passed over. Throws Error::bad_input naming file and line, as next() does.
  explicit CsvReader(const std::filesystem::path& path);

  const std::vector<std::string>& header() const { return header_; }
  std::size_t column(std::string_view name) const;  ///< throws Error::bad_input if absent

  /// Reads the next row; false at the end. The cells are valid until the next call.
  bool next();
  std::string_view cell(std::size_t column) const { return cells_[column]; }
  const std::vector<std::string_view>& cells() const { return cells_; }
  /// The whole cell must be one number that a double (int64) can hold; "inf", "-inf" and "nan" are numbers.
  double number(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  /// An error about the current row, for callers that know more about its meaning.
  [[noreturn]] void refuse(std::size_t column, const std::string& problem, const std::string& expected) const;

  /// Where the current row begins; handed to seek(), the next row is read from there again.
  struct Place {
    std::uint64_t offset = 0;  ///< bytes into the text
    std::int64_t line = 1;
  };
  const Place& place() const { return row_; }
  void seek(const Place& place);

  const TextInput& input() const { return *input_; }  ///< for progress
  const std::string& file() const { return file_; }

 private:
  bool fill();
  bool find_row();
  void skip_empty_lines();
  void cut_row();
  void require_distinct_columns() const;
  std::string_view quoted_cell();
  std::string_view plain_cell();
  int peek() const;
  bool skip(char c);

  std::string file_;
  std::unique_ptr<TextInput> input_;
  std::string buffer_;
  std::size_t at_ = 0, filled_ = 0;  ///< of buffer_: next byte, end of what was read
  std::uint64_t buffer_offset_ = 0;  ///< of the buffer's first byte within the text
  std::size_t row_end_ = 0;          ///< of buffer_: behind the current row
  bool ended_ = false;
  std::int64_t line_ = 1;
  Place row_;
  std::vector<std::string> header_;
  std::vector<std::string_view> cells_;
};

}  // namespace tauscope
