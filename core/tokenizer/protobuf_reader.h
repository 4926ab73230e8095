// The wire format of protocol buffers, for reading with bounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tauscope {

class ProtobufReader {
 public:
  struct Field {
    std::uint32_t number = 0;
    std::uint32_t wire_type = 0;  ///< 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes
    std::uint64_t value = 0;      ///< of the numeric types, raw bits
    std::string_view bytes;       ///< of the length-delimited type
  };

  /// `name` is what errors call this message.
  ProtobufReader(std::string_view message, const std::string& file, std::string name)
      : message_(message), file_(file), name_(std::move(name)) {}

  /// False at the end of the message. Throws Error::bad_input where the bytes are no protobuf.
  bool next(Field& field);

  /// The field's value, if it has the wire type that its declaration asks for; else throws.
  bool boolean(const Field& field) const { return number(field) != 0; }
  std::uint64_t number(const Field& field) const;
  float real(const Field& field) const;
  std::string_view text(const Field& field) const;

 private:
  std::uint64_t varint();
  std::uint64_t fixed(std::size_t size);
  void require(const Field& field, std::uint32_t wire_type) const;
  [[noreturn]] void refuse(const std::string& problem) const;

  std::string_view message_;
  const std::string& file_;
  std::string name_;
  std::size_t at_ = 0;
};

}  // namespace tauscope
