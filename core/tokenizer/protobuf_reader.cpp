#include "core/tokenizer/protobuf_reader.h"

#include <fmt/format.h>

#include <bit>

#include "core/base/error.h"

namespace tauscope {

void ProtobufReader::refuse(const std::string& problem) const {
  throw Error::bad_input(file_, "is not a sentencepiece model: " + problem)
      .field(name_)
      .found(fmt::format("offset {} of {} bytes", at_, message_.size()))
      .remedy("download the file again");
}

std::uint64_t ProtobufReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ >= message_.size()) refuse("the data end inside a number");
    const auto byte = static_cast<unsigned char>(message_[at_++]);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  refuse("a number is too long");
}

std::uint64_t ProtobufReader::fixed(std::size_t size) {
  if (message_.size() - at_ < size) refuse("the data end inside a number");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(message_[at_ + i])) << (8 * i);
  at_ += size;
  return value;
}

bool ProtobufReader::next(Field& field) {
  if (at_ == message_.size()) return false;
  field = {};
  const std::uint64_t tag = varint();
  if (tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) refuse("a field has no valid number");
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.wire_type = static_cast<std::uint32_t>(tag & 7);
  if (field.wire_type == 0) {
    field.value = varint();
  } else if (field.wire_type == 1) {
    field.value = fixed(8);
  } else if (field.wire_type == 5) {
    field.value = fixed(4);
  } else if (field.wire_type == 2) {
    const std::uint64_t length = varint();
    if (length > message_.size() - at_) refuse("a field is longer than the data");
    field.bytes = message_.substr(at_, length);
    at_ += length;
  } else {
    refuse("a field has no valid type");
  }
  return true;
}

void ProtobufReader::require(const Field& field, std::uint32_t wire_type) const {
  if (field.wire_type != wire_type) refuse(fmt::format("field {} has the wrong type", field.number));
}

std::uint64_t ProtobufReader::number(const Field& field) const {
  require(field, 0);
  return field.value;
}

float ProtobufReader::real(const Field& field) const {
  require(field, 5);
  return std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
}

std::string_view ProtobufReader::text(const Field& field) const {
  require(field, 2);
  return field.bytes;
}

}  // namespace tauscope
