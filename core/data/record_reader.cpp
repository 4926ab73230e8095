#include "core/data/record_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

constexpr std::size_t shown_bytes = 60;

bool is_space(int c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// Counts brackets outside of strings, over any number of pieces of text.
class Brackets {
 public:
  void read(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (in_string_) {
      escaped_ = c == '\\';
      in_string_ = c != '"';
    } else {
      in_string_ = c == '"';
      depth_ += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
  }
  bool closed() const { return depth_ == 0 && !in_string_; }

 private:
  std::int64_t depth_ = 0;
  bool in_string_ = false, escaped_ = false;
};

Error at_line(const std::string& file, std::int64_t line, std::string problem) {
  return Error::bad_input(file, std::move(problem)).field(fmt::format("line {}", line));
}

}  // namespace

RecordReader::RecordReader(const std::filesystem::path& path) : file_(path.string()) {
  errno = 0;
  in_.open(path, std::ios::binary);
  std::error_code problem;
  if (!in_ || std::filesystem::is_directory(path, problem))
    throw Error::bad_input(file_, "cannot be read")
        .found(in_ ? "a folder" : std::strerror(errno))
        .expected("a file of JSON lines, or one JSON array")
        .remedy("check the path");
  layout_ = find_layout();
}

int RecordReader::peek() {
  const int c = in_.peek();
  if (in_.bad()) throw Error::failed(file_, "reading it failed");
  return c == std::ifstream::traits_type::eof() ? end_of_input : c;
}

int RecordReader::take() {
  const int c = peek();
  if (c == end_of_input) return end_of_input;
  in_.get();
  line_ += c == '\n';
  return c;
}

void RecordReader::skip_space() {
  while (is_space(peek()))
    take();
}

void RecordReader::append(std::string& out, int byte) {
  if (out.size() == max_record_bytes)
    throw at_line(file_, line_, "a record is too long")
        .expected(fmt::format("at most {} MB", max_record_bytes >> 20));
  out += static_cast<char>(byte);
}

void RecordReader::take_line(std::string& out) {
  for (int c = take(); c != end_of_input && c != '\n'; c = take())
    append(out, c);
}

void RecordReader::take_string(std::string& out) {
  append(out, take());
  for (;;) {
    const int c = take();
    if (c == end_of_input) return;
    append(out, c);
    if (c == '"') return;
    if (c == '\\' && peek() != end_of_input) append(out, take());
  }
}

/// Up to the comma or bracket that ends it, in an array.
void RecordReader::take_value(std::string& out) {
  std::int64_t depth = 0;
  for (int c = peek(); c != end_of_input; c = peek()) {
    if (depth == 0 && (c == ',' || c == ']')) return;
    if (c == '"') {
      take_string(out);
      continue;
    }
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    append(out, take());
    if (depth < 0) return;
  }
}

RecordReader::Layout RecordReader::find_layout() {
  if (peek() == 0xEF)  // a byte-order mark
    for (const int byte : {0xEF, 0xBB, 0xBF})
      if (take() != byte) refuse_content(byte);
  skip_space();
  const int first = peek();
  if (first == end_of_input) throw Error::bad_input(file_, "is empty").expected("at least one example");
  if (first == '[') {
    take();
    return Layout::array;
  }
  if (first != '{') refuse_content(first);
  const auto begin = in_.tellg();
  const std::int64_t begin_line = line_;
  const Layout layout = first_line_is_a_record() ? Layout::lines : Layout::object;
  in_.clear();
  in_.seekg(begin);
  line_ = begin_line;
  return layout;
}

/// A first line that is not complete is one of JSON lines and broken, or the begin of one large object. It is
/// the former if the next line begins like a record and the file as a whole is no object.
bool RecordReader::first_line_is_a_record() {
  Brackets brackets;
  int c = take();
  for (; c != end_of_input && c != '\n'; c = take())
    brackets.read(static_cast<char>(c));
  if (brackets.closed()) return true;
  skip_space();
  if (peek() == end_of_input) return true;
  if (peek() != '{') return false;
  bool closed_before = false;
  for (c = take(); c != end_of_input; c = take()) {
    if (is_space(c)) continue;
    closed_before = closed_before || brackets.closed();
    brackets.read(static_cast<char>(c));
  }
  return closed_before || !brackets.closed();
}

void RecordReader::refuse_content(int first) {
  std::string start(1, static_cast<char>(first));
  if (peek() == first) start.clear();
  while (start.size() < shown_bytes && peek() != end_of_input && peek() != '\n')
    start += static_cast<char>(take());
  Error error = Error::bad_input(file_, "is not a data file")
                    .found("a file that begins with " + in_quotes(start))
                    .expected(
                        "JSON lines ({...} on each line), one JSON array, or one task of "
                        "Super-NaturalInstructions; CSV and plain text are not data files");
  const bool pointer = start.starts_with("version https://git-lfs");
  const bool packed = start.starts_with("\x1F\x8B") || start.starts_with("PK");
  throw std::move(error).remedy(pointer  ? "this is a git-lfs pointer: run git lfs pull"
                                : packed ? "unpack it"
                                         : "convert it to JSON lines");
}

std::optional<RecordText> RecordReader::next() {
  if (finished_) return std::nullopt;
  if (layout_ == Layout::lines) return next_line();
  if (layout_ == Layout::array) return next_element();
  RecordText record{"", line_};
  for (int c = take(); c != end_of_input; c = take())
    append(record.text, c);
  finished_ = true;
  return record;
}

std::optional<RecordText> RecordReader::next_line() {
  while (peek() != end_of_input) {
    RecordText record{"", line_};
    take_line(record.text);
    if (!is_blank(record.text)) return record;
  }
  finished_ = true;
  return std::nullopt;
}

std::optional<RecordText> RecordReader::next_element() {
  skip_space();
  if (elements_ == 0 ? peek() == ']' : peek() != ',') {
    if (take() != ']')
      throw at_line(file_, line_, "the JSON array is broken").expected("a comma or ] after a record");
    skip_space();
    if (peek() != end_of_input) throw at_line(file_, line_, "something follows the JSON array");
    finished_ = true;
    return std::nullopt;
  }
  if (elements_ > 0) take();
  skip_space();
  RecordText record{"", line_};
  take_value(record.text);
  if (peek() == end_of_input)
    throw at_line(file_, line_, "the JSON array has no end").remedy("download the file again");
  if (is_blank(record.text)) throw at_line(file_, line_, "the JSON array is broken").expected("a record");
  ++elements_;
  return record;
}

}  // namespace tauscope
