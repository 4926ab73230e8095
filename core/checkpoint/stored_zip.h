// Zip archives whose entries are stored, not compressed, as torch.save writes them: every entry is a piece of
// the mapped file. (PKWARE's APPNOTE 6.3.10 names the fields; zip64 is its section 4.5.3.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

struct ZipEntry {
  std::string name;
  std::span<const std::byte> bytes;  ///< a piece of the archive
  std::uint32_t crc = 0;             ///< as stated, not compared with the bytes here
};

/// The entries in the order of their bytes. The archive must be one that can be read in one way only: the
/// central directory and the local headers agree, entries cover the file from its first byte to the central
/// directory without gap or overlap, nothing stands behind the end record, no name stands twice or leads out
/// of a folder. Compressed, encrypted and split archives are refused. Throws Error::bad_input; `file` is the
/// name for messages. `look_at_name` sees the names first, for archives that are better refused by what they
/// are.
std::vector<ZipEntry> read_stored_zip(std::span<const std::byte> archive, const std::string& file,
                                      const std::function<void(const std::string&)>& look_at_name = {});

/// What `bytes` have; compare with ZipEntry::crc.
std::uint32_t crc32_of(std::span<const std::byte> bytes);

}  // namespace tauscope
