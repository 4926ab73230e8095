// Zip archives built by hand, with the places of their records, so that any field can be made wrong.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tauscope::test {

enum class ZipStyle {
  plain,         ///< sizes in the local headers
  descriptors,   ///< sizes behind each entry, and a zip64 end record: as torch.save
  zip64,         ///< sizes and offsets in zip64 fields
  no_checksums,  ///< as torch.save where it is told to leave them out
};

struct BuiltZip {
  std::string bytes;
  std::vector<std::size_t> local, data,
      central;  ///< by entry: its header, its bytes, its place in the directory
  std::size_t end64 = 0, locator = 0, end = 0;  ///< end64 and locator: 0 where there is none

  /// A copy with `value`, little-endian, in `width` bytes at `at`.
  std::string with(std::size_t at, std::uint64_t value, std::size_t width) const;
};

BuiltZip built_zip(const std::vector<std::pair<std::string, std::string>>& entries,
                   ZipStyle style = ZipStyle::plain);

/// What torch.save makes of a pickle and its storages ("0", "1", ...).
std::string torch_archive(const std::string& pickle, const std::vector<std::string>& storages,
                          ZipStyle style = ZipStyle::no_checksums);

}  // namespace tauscope::test
