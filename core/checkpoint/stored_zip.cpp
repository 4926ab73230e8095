#include "core/checkpoint/stored_zip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "core/base/message.h"
#include "core/checkpoint/foreign_file.h"
#include "core/checkpoint/zip_bytes.h"
#include "core/checkpoint/zip_directory.h"

namespace tauscope {
namespace {

using zip::Fields;
using zip::Listed;

/// The entries themselves, compared with what the directory says of them.
class EntryReader : public zip::Bytes {
 public:
  using Bytes::Bytes;

  std::vector<ZipEntry> read(zip::Directory directory) const {
    std::vector<Listed>& listed = directory.entries;
    std::sort(listed.begin(), listed.end(),
              [](const Listed& a, const Listed& b) { return a.header < b.header; });
    const std::uint64_t first = listed.empty() ? directory.offset : listed.front().header;
    if (first != 0)
      throw wrong("there are bytes before the first entry").found(fmt::format("{} bytes", first));
    for (const Listed& each : listed) {
      check_flags(each);
      if (each.header >= directory.offset)
        throw wrong_in(each.name, "the entry does not begin before the directory")
            .found(fmt::format("begin {}", each.header))
            .expected(fmt::format("less than {}", directory.offset))
            .remedy(download_again);
    }
    std::vector<ZipEntry> entries;
    entries.reserve(listed.size());
    for (std::size_t i = 0; i < listed.size(); ++i) {
      const std::uint64_t next = i + 1 < listed.size() ? listed[i + 1].header : directory.offset;
      entries.push_back(open_entry(std::move(listed[i]), next));
    }
    check_names(entries);
    return entries;
  }

 private:
  void check_flags(const Listed& listed) const {
    if ((listed.flags & zip::encrypted_flags) != 0)
      throw wrong_in(listed.name, "the entry is encrypted")
          .remedy("unpack it with its password, and save it with torch.save or as safetensors");
    if (listed.method != 0)
      throw wrong_in(listed.name, "the entry is compressed")
          .found(fmt::format("method {}", listed.method))
          .expected("method 0 (stored), as torch.save writes it")
          .remedy(zip::save_again);
    if ((listed.flags & ~(zip::descriptor_flag | zip::utf8_flag)) != 0)
      throw wrong_in(listed.name, "the entry has flags that a stored entry does not have")
          .found(fmt::format("0x{:04x}", listed.flags))
          .remedy(zip::save_again);
  }

  /// `end`: where the next entry begins.
  ZipEntry open_entry(Listed listed, std::uint64_t end) const {
    const auto bad = [&](std::string problem) {
      return wrong_in(listed.name, std::move(problem)).remedy(download_again);
    };
    if (listed.header > end || end - listed.header < zip::local_bytes)
      throw bad("the entry overlaps the next one, or the directory")
          .found(fmt::format("begin {}", listed.header))
          .expected(fmt::format("at most {}", end < zip::local_bytes ? 0 : end - zip::local_bytes));
    if (signature_at(listed.header) != zip::local_signature)
      throw bad("there is no entry where the directory says").found(fmt::format("offset {}", listed.header));
    Fields fields = fields_at(listed.header + 6);  // behind signature and version
    const std::uint16_t flags = fields.u16(), method = fields.u16();
    fields.u32();
    const std::uint32_t crc = fields.u32(), packed = fields.u32(), bytes = fields.u32();
    const std::uint16_t name_bytes = fields.u16(), extra_bytes = fields.u16();
    const std::uint64_t begin = listed.header + zip::local_bytes + name_bytes + extra_bytes;
    if (begin > end || listed.bytes > end - begin)
      throw bad("the entry overlaps the next one, or the directory")
          .found(fmt::format("{} bytes at {}", listed.bytes, begin))
          .expected(fmt::format("to end before {}", end));
    if (text_at(listed.header + zip::local_bytes, name_bytes) != listed.name)
      throw bad("the entry's own header has another name")
          .found(in_quotes(text_at(listed.header + zip::local_bytes, name_bytes)));
    if (flags != listed.flags || method != 0)
      throw bad("the entry's own header contradicts the directory")
          .found(fmt::format("flags 0x{:04x}, method {}", flags, method))
          .expected(fmt::format("flags 0x{:04x}, method 0", listed.flags));
    check_sizes(listed, crc, packed, bytes, listed.header + zip::local_bytes + name_bytes, extra_bytes);
    check_end(listed, begin + listed.bytes, end);
    return {std::move(listed.name), archive().subspan(begin, listed.bytes), listed.crc};
  }

  /// Sizes and checksum in the entry's own header; where a descriptor follows the bytes they may be zero.
  void check_sizes(const Listed& listed, std::uint32_t crc, std::uint32_t packed, std::uint32_t bytes,
                   std::uint64_t extra, std::uint64_t extra_bytes) const {
    std::uint64_t packed_bytes = packed, plain_bytes = bytes;
    std::vector<std::uint64_t*> wide;
    if (bytes == zip::in_zip64) wide.push_back(&plain_bytes);
    if (packed == zip::in_zip64) wide.push_back(&packed_bytes);
    read_wide(listed.name, extra, extra_bytes, wide);
    const bool put_off =
        (listed.flags & zip::descriptor_flag) != 0 && crc == 0 && plain_bytes == 0 && packed_bytes == 0;
    if (put_off) return;
    if (crc != listed.crc || plain_bytes != listed.bytes || packed_bytes != listed.bytes)
      throw wrong_in(listed.name, "the entry's own header contradicts the directory")
          .found(fmt::format("{} and {} bytes, CRC {:08x}", packed_bytes, plain_bytes, crc))
          .expected(fmt::format("{} bytes, CRC {:08x}", listed.bytes, listed.crc))
          .remedy(download_again);
  }

  /// Between an entry's bytes and the next entry there is its descriptor (with or without signature, with
  /// sizes of 32 or 64 bits), or nothing.
  void check_end(const Listed& listed, std::uint64_t at, std::uint64_t end) const {
    const std::uint64_t room = end - at;
    if ((listed.flags & zip::descriptor_flag) == 0) {
      if (room == 0) return;
      throw wrong_in(listed.name, "there are bytes behind the entry that belong to none")
          .found(fmt::format("{} bytes", room))
          .remedy(zip::save_again);
    }
    const bool is_signed = room == 16 || room == 24, is_wide = room == 20 || room == 24;
    Fields fields = fields_at(at);
    if ((room != 12 && !is_signed && !is_wide) || (is_signed && fields.u32() != zip::descriptor_signature))
      throw wrong_in(listed.name, "what follows the entry is not its descriptor")
          .found(fmt::format("{} bytes", room))
          .remedy(download_again);
    const std::uint32_t crc = fields.u32();
    const std::uint64_t packed = is_wide ? fields.u64() : fields.u32(),
                        bytes = is_wide ? fields.u64() : fields.u32();
    if (crc != listed.crc || packed != listed.bytes || bytes != listed.bytes)
      throw wrong_in(listed.name, "the entry's descriptor contradicts the directory")
          .found(fmt::format("{} and {} bytes, CRC {:08x}", packed, bytes, crc))
          .expected(fmt::format("{} bytes, CRC {:08x}", listed.bytes, listed.crc))
          .remedy(download_again);
  }

  void check_names(const std::vector<ZipEntry>& entries) const {
    std::vector<std::string_view> names;
    for (const ZipEntry& entry : entries)
      names.push_back(entry.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
      throw wrong_in(std::string(*twice), "two entries have this name").remedy(zip::save_again);
  }
};

}  // namespace

std::vector<ZipEntry> read_stored_zip(std::span<const std::byte> archive, const std::string& file,
                                      const std::function<void(const std::string&)>& look_at_name) {
  zip::Directory directory = zip::read_directory(archive, file);
  if (look_at_name)
    for (const Listed& each : directory.entries)
      look_at_name(each.name);
  return EntryReader(archive, file).read(std::move(directory));
}

std::uint32_t crc32_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace tauscope
