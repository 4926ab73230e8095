// The central directory of a zip archive, and the end records that lead to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tauscope::zip {

/// One entry as the central directory has it.
struct Listed {
  std::string name;
  std::uint16_t flags = 0, method = 0;
  std::uint32_t crc = 0;
  std::uint64_t bytes = 0, header = 0;
};

struct Directory {
  std::uint64_t offset = 0;     ///< where it begins: behind the last entry
  std::vector<Listed> entries;  ///< in its own order; named within the archive
};

/// Throws Error::bad_input.
Directory read_directory(std::span<const std::byte> archive, const std::string& file);

}  // namespace tauscope::zip
