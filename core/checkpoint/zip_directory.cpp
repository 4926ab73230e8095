#include "core/checkpoint/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/csv.h"
#include "core/base/message.h"
#include "core/checkpoint/foreign_file.h"
#include "core/checkpoint/zip_bytes.h"

namespace tauscope::zip {
namespace {

constexpr std::uint64_t most_entries = 1'000'000;
constexpr std::size_t longest_name = 1024;

struct Extent {
  std::uint64_t offset = 0, bytes = 0, entries = 0;
};

class DirectoryReader : public Bytes {
 public:
  using Bytes::Bytes;

  Directory read() const {
    const Extent extent = find_directory();
    return {extent.offset, read_entries(extent)};
  }

 private:
  /// The end record closes the file: a comment, or anything else behind it, could hide a second one.
  Extent find_directory() const {
    if (!fits(0, end_bytes)) throw wrong("the file is truncated: a zip archive ends in a record of 22 bytes");
    const std::uint64_t end = archive().size() - end_bytes;
    if (signature_at(end) != end_signature) throw no_end_record();
    Fields fields = fields_at(end + 4);
    const std::uint16_t disk = fields.u16(), first_disk = fields.u16(), here = fields.u16(),
                        all = fields.u16();
    const std::uint32_t size = fields.u32(), offset = fields.u32();
    if (const std::uint16_t comment = fields.u16(); comment != 0)
      throw wrong("the file is truncated: the zip archive's comment is not there")
          .found(fmt::format("a comment of {} bytes", comment));
    Extent directory{offset, size, all};
    std::uint64_t directory_end = end;
    const bool has_zip64 = end >= locator_bytes && signature_at(end - locator_bytes) == locator_signature;
    if (has_zip64) {
      directory = read_zip64(end - locator_bytes, directory);
      directory_end = end - locator_bytes - end64_bytes;
    } else if (size == in_zip64 || offset == in_zip64 || all == in_zip64_short) {
      throw wrong("the zip archive speaks of a zip64 record that is not there");
    }
    if ((disk != 0 && !(has_zip64 && disk == in_zip64_short)) || first_disk != disk || here != all)
      throw wrong("the zip archive is one part of several").remedy("join its parts first");
    if (directory.offset > directory_end || directory.bytes != directory_end - directory.offset)
      throw wrong("the zip archive's directory is not where its end record says")
          .field("central directory")
          .found(fmt::format("{} bytes at {}", directory.bytes, directory.offset))
          .expected(fmt::format("to end at {}", directory_end));
    if (directory.entries > most_entries || directory.entries > directory.bytes / central_bytes)
      throw wrong("the zip archive's directory is too small for its entries")
          .field("central directory")
          .found(fmt::format("{} entries in {} bytes", directory.entries, directory.bytes))
          .expected(fmt::format("at most {} entries of at least {} bytes", most_entries, central_bytes));
    return directory;
  }

  Error no_end_record() const {
    constexpr std::array<unsigned char, 4> end{0x50, 0x4b, 0x05, 0x06};
    constexpr std::size_t far_back = 65535 + end_bytes;
    const auto tail = archive().subspan(archive().size() - std::min(archive().size(), far_back));
    const auto found =
        std::search(tail.begin(), tail.end(), end.begin(), end.end(),
                    [](std::byte a, unsigned char b) { return std::to_integer<unsigned char>(a) == b; });
    if (found != tail.end())
      return wrong("there are bytes behind the end of the zip archive")
          .found(
              fmt::format("{} bytes behind its end record", tail.end() - found - std::ptrdiff_t{end_bytes}));
    return wrong("the file is truncated: a zip archive's end record is not there")
        .found(fmt::format("a file of {} bytes", archive().size()));
  }

  Extent read_zip64(std::uint64_t locator, const Extent& plain) const {
    Fields fields = fields_at(locator + 4);
    const std::uint32_t disk = fields.u32();
    const std::uint64_t record = fields.u64();
    const std::uint32_t disks = fields.u32();
    if (disk != 0 || disks > 1)
      throw wrong("the zip archive is one part of several").remedy("join its parts first");
    if (locator < end64_bytes || record != locator - end64_bytes || signature_at(record) != end64_signature)
      throw wrong("the zip64 end record is not where its locator says")
          .field("zip64 locator")
          .found(fmt::format("offset {}", record));
    fields = fields_at(record + 4);
    if (const std::uint64_t size = fields.u64(); size != end64_bytes - 12)
      throw wrong("the zip64 end record has another size").found(fmt::format("{}", size)).expected("44");
    fields.u32();  // versions
    const std::uint32_t this_disk = fields.u32(), first_disk = fields.u32();
    const std::uint64_t here = fields.u64(), all = fields.u64(), size = fields.u64(), offset = fields.u64();
    if (this_disk != 0 || first_disk != 0 || here != all)
      throw wrong("the zip archive is one part of several").remedy("join its parts first");
    const bool agree = (plain.entries == in_zip64_short || plain.entries == all) &&
                       (plain.bytes == in_zip64 || plain.bytes == size) &&
                       (plain.offset == in_zip64 || plain.offset == offset);
    if (!agree)
      throw wrong("the two end records of the zip archive contradict each other")
          .found(fmt::format("{} entries, directory of {} bytes at {}", plain.entries, plain.bytes,
                             plain.offset))
          .expected(fmt::format("{} entries, directory of {} bytes at {}, as in the zip64 record", all, size,
                                offset));
    return {offset, size, all};
  }

  std::vector<Listed> read_entries(const Extent& directory) const {
    std::vector<Listed> listed;
    listed.reserve(directory.entries);
    std::uint64_t at = directory.offset;
    const std::uint64_t end = directory.offset + directory.bytes;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      if (end - at < central_bytes || signature_at(at) != central_signature)
        throw wrong("the zip archive's directory is damaged")
            .field(fmt::format("central directory, entry {}", i));
      listed.push_back(read_listed(at, end, i));
    }
    if (at != end)
      throw wrong("the zip archive's directory holds more than its entries")
          .field("central directory")
          .found(fmt::format("{} bytes behind entry {}", end - at, directory.entries));
    return listed;
  }

  /// Moves `at` behind the entry.
  Listed read_listed(std::uint64_t& at, std::uint64_t end, std::uint64_t number) const {
    Fields fields = fields_at(at + 8);  // behind signature and versions
    Listed entry;
    entry.flags = fields.u16();
    entry.method = fields.u16();
    fields.u32();  // time and date
    entry.crc = fields.u32();
    const std::uint32_t packed = fields.u32(), bytes = fields.u32();
    const std::uint16_t name_bytes = fields.u16(), extra_bytes = fields.u16(), comment_bytes = fields.u16();
    const std::uint16_t disk = fields.u16();
    fields.u16();
    fields.u32();  // attributes
    const std::uint32_t header = fields.u32();
    const std::uint64_t length = central_bytes + name_bytes + extra_bytes + comment_bytes;
    if (length > end - at)
      throw wrong("the zip archive's directory is damaged: an entry reaches beyond its end")
          .field(fmt::format("central directory, entry {}", number));
    entry.name = text_at(at + central_bytes, name_bytes);
    check_name(entry.name);

    std::uint64_t packed_bytes = packed, header_disk = disk;
    entry.bytes = bytes;
    entry.header = header;
    std::vector<std::uint64_t*> wide;
    if (bytes == in_zip64) wide.push_back(&entry.bytes);
    if (packed == in_zip64) wide.push_back(&packed_bytes);
    if (header == in_zip64) wide.push_back(&entry.header);
    if (disk == in_zip64_short) header_disk = 0;
    read_wide(entry.name, at + central_bytes + name_bytes, extra_bytes, wide);
    if (header_disk != 0)
      throw wrong_in(entry.name, "the entry lies in another part of a split archive")
          .remedy("join its parts first");
    if (entry.method == 0 && packed_bytes != entry.bytes)
      throw wrong_in(entry.name, "a stored entry has two different sizes")
          .found(fmt::format("{} and {} bytes", packed_bytes, entry.bytes))
          .remedy(download_again);
    at += length;
    return entry;
  }

  void check_name(const std::string& name) const {
    const auto refuse = [&](std::string problem) {
      throw wrong_in(name, std::move(problem)).expected("a relative name of a file inside the archive");
    };
    if (name.empty()) refuse("the entry has no name");
    if (name.size() > longest_name) refuse("the entry's name is too long");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (printable_utf8(name) != name || std::any_of(name.begin(), name.end(), is_control))
      refuse("the entry's name is not printable UTF-8");
    if (name.front() == '/' || name.find('\\') != name.npos || name.find(':') != name.npos)
      refuse("the entry's name is a path of its own");
    if (name.back() == '/') refuse("the entry is a folder");
    for (std::size_t start = 0; start <= name.size();) {
      const std::size_t end = std::min(name.find('/', start), name.size());
      const std::string_view part = std::string_view(name).substr(start, end - start);
      if (part.empty() || part == "." || part == "..") refuse("the entry's name leads out of the archive");
      start = end + 1;
    }
  }
};

}  // namespace

Directory read_directory(std::span<const std::byte> archive, const std::string& file) {
  return DirectoryReader(archive, file).read();
}

}  // namespace tauscope::zip
