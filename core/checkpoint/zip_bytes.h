// What the readers of zip archives share: fields at an offset, the zip64 field, errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace tauscope::zip {

inline constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50,
                               descriptor_signature = 0x08074b50, end_signature = 0x06054b50,
                               end64_signature = 0x06064b50, locator_signature = 0x07064b50;
inline constexpr std::uint64_t local_bytes = 30, central_bytes = 46, end_bytes = 22, end64_bytes = 56,
                               locator_bytes = 20;
inline constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;  // a 32-bit field whose value stands in a zip64 record
inline constexpr std::uint16_t in_zip64_short = 0xFFFF;
inline constexpr std::uint16_t encrypted_flags = 1 | 1 << 6 | 1 << 13, descriptor_flag = 1 << 3,
                               utf8_flag = 1 << 11;

inline constexpr const char* save_again =
    "if it was repacked, unpack it and save the weights with torch.save or as safetensors";

/// Reads fields one after the other; the caller has checked that they are there.
class Fields {
 public:
  explicit Fields(const std::byte* at) : at_(at) {}
  std::uint16_t u16() { return take<std::uint16_t>(); }
  std::uint32_t u32() { return take<std::uint32_t>(); }
  std::uint64_t u64() { return take<std::uint64_t>(); }

 private:
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  const std::byte* at_;
};

class Bytes {
 public:
  Bytes(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

 protected:
  Error wrong(std::string problem) const;
  Error wrong_in(const std::string& name, std::string problem) const;

  std::span<const std::byte> archive() const { return bytes_; }
  bool fits(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  Fields fields_at(std::uint64_t offset) const { return Fields(bytes_.data() + offset); }
  std::uint32_t signature_at(std::uint64_t offset) const { return fields_at(offset).u32(); }
  std::string text_at(std::uint64_t offset, std::uint64_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, size};
  }

  /// Among an entry's extra fields, `size` bytes at `at`, the one of zip64 (id 1) holds the values that do
  /// not fit their 32 bits, in the order of `wide`.
  void read_wide(const std::string& name, std::uint64_t at, std::uint64_t size,
                 const std::vector<std::uint64_t*>& wide) const;

 private:
  std::span<const std::byte> bytes_;
  const std::string& file_;
};

}  // namespace tauscope::zip
