// Text that is read piece by piece, gzip or not, with a way back to any place that was read before: tables of
// gigabytes are read once from the start, then here and there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace tauscope {

class TextInput {
 public:
  /// Gzip is recognised by its first bytes, whatever the name. The open file is kept, so that nobody's
  /// removing or replacing it matters. Throws Error::bad_input.
  static std::unique_ptr<TextInput> open(const std::filesystem::path& path);
  virtual ~TextInput() = default;

  /// Fills `out` as far as the text goes: fewer bytes mean that its end was reached. Throws Error::bad_input
  /// on compressed data that is damaged or ends early.
  virtual std::size_t read(std::span<char> out) = 0;

  /// The next read starts `offset` bytes into the (uncompressed) text, which was read so far before. In gzip
  /// files it takes some milliseconds: about every 8 MiB of text a way in is remembered (32 KiB each).
  virtual void seek(std::uint64_t offset) = 0;

  /// For progress: bytes of the file itself.
  virtual std::uint64_t bytes_done() const = 0;
  virtual std::uint64_t bytes_in_all() const = 0;
};

}  // namespace tauscope
