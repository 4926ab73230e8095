// CSV as RFC 4180 has it, with numbers that read back exactly.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// Shortest text that reads back as the same double; "inf", "-inf", "nan".
std::string format_number(double value);
void append_number(std::string& out, double value);

/// Quoted where RFC 4180 asks for it; bytes that are not valid UTF-8 become <0xNN>.
std::string csv_field(std::string_view text);
void append_csv_field(std::string& out, std::string_view text);
/// Bytes that are not valid UTF-8 become <0xNN>.
std::string printable_utf8(std::string_view bytes);
/// The way back: <0xNN> with NN of 80 or more becomes that byte (such a byte is all that is ever written so).
std::string bytes_of_printable(std::string_view text);

/// Appends lines to a file; gzip where the name ends in .gz. The file appears under its name at commit().
/// Lines end in
/// "\n" alone, unlike RFC 4180's "\r\n": awk and cut would keep the "\r" in the last column. A row with
/// another number of cells than the header throws std::logic_error.
class CsvWriter {
 public:
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header);
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  CsvWriter& text(std::string_view value);
  CsvWriter& number(double value);
  CsvWriter& integer(std::int64_t value);
  CsvWriter& empty();
  void end_row();
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole CSV file in memory (for the small tables), gzip or not. Empty lines are passed over. Throws
/// Error::bad_input with file and line.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::string file;
  std::vector<std::int64_t> lines;  ///< of each row: where it starts in the file

  static CsvTable read(const std::filesystem::path& path);
  std::size_t column(const std::string& name) const;  ///< throws Error::bad_input if absent
  /// The whole cell must be one number that a double (int64) can hold; "inf", "-inf" and "nan" are numbers.
  double number(std::size_t row, std::size_t column) const;
  std::int64_t integer(std::size_t row, std::size_t column) const;
};

}  // namespace tauscope
