// Bytes under a file name, without a disk where the system can do so.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tauscope::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::filesystem::path path() const;

 private:
  int descriptor_;
};

/// A folder, in memory if the system has such, that goes with the object.
class ScratchFolder {
 public:
  /// `fill` writes what stays in it.
  explicit ScratchFolder(const std::function<void(const ScratchFolder&)>& fill = {});
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  void write(const std::string& name, std::string_view bytes) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tauscope::fuzz
