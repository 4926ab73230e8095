#include "core/base/csv.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {  // to_chars would write the sign of a NaN, which means nothing
    out += "nan";
    return;
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

std::string format_number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

namespace {

/// Length of the well-formed UTF-8 sequence at the start of `bytes` (Unicode, table 3-7), or 0.
std::size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;  // no overlong forms
  const unsigned char high = lead == 0xED   ? 0x9F
                             : lead == 0xF4 ? 0x8F
                                            : 0xBF;  // no surrogates, no > U+10FFFF
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return length;
}

void append_printable(std::string& out, std::string_view bytes) {
  constexpr char hex[] = "0123456789ABCDEF";
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) {
      const auto byte = static_cast<unsigned char>(bytes[0]);
      out += "<0x";
      out += hex[byte >> 4];
      out += hex[byte & 15];
      out += '>';
    } else {
      out.append(bytes, 0, length);
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

std::string printable_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  append_printable(out, bytes);
  return out;
}

std::string bytes_of_printable(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    unsigned value = 0;
    if (text.size() >= 6 && text.starts_with("<0x") && text[5] == '>') {
      const auto end = std::from_chars(text.data() + 3, text.data() + 5, value, 16).ptr;
      if (end != text.data() + 5) value = 0;
    }
    bytes += value >= 0x80 ? static_cast<char>(value) : text.front();
    text.remove_prefix(value >= 0x80 ? 6 : 1);
  }
  return bytes;
}

void append_csv_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) {
    append_printable(out, text);
    return;
  }
  out += '"';
  for (std::size_t quote; (quote = text.find('"')) != text.npos; text.remove_prefix(quote + 1)) {
    append_printable(out, text.substr(0, quote));
    out += "\"\"";
  }
  append_printable(out, text);
  out += '"';
}

std::string csv_field(std::string_view text) {
  std::string out;
  append_csv_field(out, text);
  return out;
}

namespace {

/// Deflates into an AtomicFile. The stream holds no time stamp, so that equal content gives equal files.
class GzipSink {
 public:
  explicit GzipSink(AtomicFile& file) : file_(file) {
    constexpr int gzip_level = 1;  // numbers hardly compress: level 6 saves 7 % and takes four times as long
    constexpr int gzip_window = 15 + 16;
    if (deflateInit2(&stream_, gzip_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw Error::exhausted(file.path().string(), "no memory for compression");
  }
  ~GzipSink() { deflateEnd(&stream_); }
  GzipSink(const GzipSink&) = delete;
  GzipSink& operator=(const GzipSink&) = delete;

  void write(std::string_view bytes, int flush) {
    // zlib's interface takes a non-const pointer and does not write through it.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      deflate(&stream_, flush);
      file_.write({out_.data(), out_.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

 private:
  AtomicFile& file_;
  z_stream stream_{};
  std::array<char, 1 << 16> out_;
};

constexpr std::size_t csv_buffer = 1 << 18;

}  // namespace

struct CsvWriter::Impl {
  explicit Impl(const std::filesystem::path& path) : file(path) {
    if (path.extension() == ".gz") gzip = std::make_unique<GzipSink>(file);
    buffer.reserve(csv_buffer + (csv_buffer >> 2));
  }
  std::string& cell() {
    if (cells > 0) buffer += ',';
    ++cells;
    return buffer;
  }
  void flush(int mode) {
    if (gzip)
      gzip->write(buffer, mode);
    else
      file.write(buffer);
    buffer.clear();
  }

  AtomicFile file;
  std::unique_ptr<GzipSink> gzip;
  std::string buffer;
  std::size_t columns = 0;
  std::size_t cells = 0;  ///< of the row being written
};

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header)
    : impl_(std::make_unique<Impl>(path)) {
  impl_->columns = header.size();
  for (const auto& name : header)
    text(name);
  end_row();
}

CsvWriter::~CsvWriter() = default;

CsvWriter& CsvWriter::text(std::string_view value) {
  if (value.empty()) return empty();
  append_csv_field(impl_->cell(), value);
  return *this;
}

CsvWriter& CsvWriter::number(double value) {
  append_number(impl_->cell(), value);
  return *this;
}

CsvWriter& CsvWriter::integer(std::int64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  impl_->cell().append(text, end);
  return *this;
}

CsvWriter& CsvWriter::empty() {
  std::string& cell = impl_->cell();
  if (impl_->columns == 1) cell += "\"\"";  // an empty line would be passed over by readers
  return *this;
}

void CsvWriter::end_row() {
  if (impl_->cells != impl_->columns)
    throw std::logic_error("a CSV row of " + std::to_string(impl_->cells) + " cells under a header of " +
                           std::to_string(impl_->columns));
  impl_->buffer += '\n';
  impl_->cells = 0;
  if (impl_->buffer.size() >= csv_buffer) impl_->flush(Z_NO_FLUSH);
}

void CsvWriter::commit() {
  if (impl_->cells != 0) throw std::logic_error("a CSV row was not ended");
  impl_->flush(Z_FINISH);
  impl_->file.commit();
}

}  // namespace tauscope
