// The records of a data file as pieces of JSON text, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace tauscope {

struct RecordText {
  std::string text;
  std::int64_t line = 0;  ///< where it begins, from 1
};

/// JSON lines, one JSON array, or one JSON object over several lines (a Super-NaturalInstructions task).
/// Memory holds one record: at most max_record_bytes of text. Only the outline is read here; a record's text
/// may be broken JSON.
class RecordReader {
 public:
  static constexpr std::size_t max_record_bytes = std::size_t{64} << 20;

  /// Throws Error::bad_input if the file cannot be read, is empty, or is something else (CSV, text,
  /// compressed).
  explicit RecordReader(const std::filesystem::path& path);

  /// The next record; nothing at the end. Throws Error::bad_input with file and line.
  std::optional<RecordText> next();

  enum class Layout { lines, array, object };
  Layout layout() const { return layout_; }

 private:
  static constexpr int end_of_input = -1;

  int peek();
  int take();
  void skip_space();
  void take_line(std::string& out);
  void take_value(std::string& out);
  void take_string(std::string& out);
  void append(std::string& out, int byte);
  std::optional<RecordText> next_line();
  std::optional<RecordText> next_element();
  Layout find_layout();
  bool first_line_is_a_record();
  [[noreturn]] void refuse_content(int first);

  std::string file_;
  std::ifstream in_;
  Layout layout_ = Layout::lines;
  std::int64_t line_ = 1;
  std::int64_t elements_ = 0;
  bool finished_ = false;
};

}  // namespace tauscope
