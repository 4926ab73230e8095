// Scratch space on disk that nobody else sees and nothing leaves behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace tauscope {

/// A file in `folder` without a name: it goes with this object, or with the process, however it ends.
class TemporaryFile {
 public:
  /// Throws Error::failed if the folder cannot be written.
  explicit TemporaryFile(std::filesystem::path folder);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  /// Throws Error::exhausted when the disk is full.
  void append(std::span<const std::byte> bytes);
  /// Several threads may read at once.
  void read(std::uint64_t offset, std::span<std::byte> out) const;
  /// The whole file; valid until the next append.
  std::span<const std::byte> map();
  void clear();
  std::uint64_t size() const { return size_; }

 private:
  void unmap();

  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  void* mapping_ = nullptr;
  std::uint64_t mapped_size_ = 0;
};

}  // namespace tauscope
