// Files that survive a crash, a full disk and a reader that is there at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tauscope {

/// A whole file, mapped read-only. Throws Error::bad_input if it cannot be opened, or is a folder, pipe or
/// device. The file must not shrink while it is mapped: reading what is gone raises SIGBUS, which nothing
/// here catches.
class MappedFile {
 public:
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  std::span<const std::byte> bytes_;
};

/// A file (or pipe) that is read piece by piece. Throws Error::bad_input where it cannot be opened or read.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  /// Fills `out` as far as the file goes: fewer bytes mean that its end was reached.
  std::size_t read(std::span<char> out);
  void seek(std::uint64_t offset);
  std::uint64_t size() const { return size_; }  ///< when it was opened; 0 for a pipe
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Streams to `path`.partial and puts it in place in commit(): flush, fsync, rename, fsync of the folder.
/// Without commit() nothing appears under the final name and the partial file is removed. Write errors (disk
/// full) throw Error::exhausted; a place that cannot be written, or that another process is writing,
/// Error::failed.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view bytes);
  void commit();
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t bytes_written() const { return written_; }

 private:
  void flush();
  std::filesystem::path path_, partial_;
  int descriptor_ = -1;
  std::string buffer_;
  std::uint64_t written_ = 0;
};

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Throws Error::bad_input if it cannot be read or is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{1} << 30);

/// Hex. The file form streams.
std::string sha256(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& path);

}  // namespace tauscope
