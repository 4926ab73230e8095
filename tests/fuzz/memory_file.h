// Bytes under a file name, without a disk.
#pragma once

#include <filesystem>
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

}  // namespace tauscope::fuzz
