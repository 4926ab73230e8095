#include "tests/core/checkpoint/zip_builder.h"

#include <span>

#include "core/checkpoint/stored_zip.h"

namespace tauscope::test {
namespace {

std::string number(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t i = 0; i < width; ++i)
    bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::uint32_t crc_of(const std::string& text) {
  return crc32_of(std::as_bytes(std::span<const char>(text)));
}

/// The fields from flags to the uncompressed size, which both headers have in this order.
std::string common_fields(std::uint16_t flags, std::uint32_t crc, std::uint64_t size) {
  return number(flags, 2) + number(0, 2) + number(0, 4) + number(crc, 4) + number(size, 4) + number(size, 4);
}

}  // namespace

std::string BuiltZip::with(std::size_t at, std::uint64_t value, std::size_t width) const {
  std::string copy = bytes;
  return copy.replace(at, width, number(value, width));
}

BuiltZip built_zip(const std::vector<std::pair<std::string, std::string>>& entries, ZipStyle style) {
  const bool wide = style == ZipStyle::zip64;
  const bool descriptors = style == ZipStyle::descriptors || style == ZipStyle::no_checksums;
  const std::uint16_t flags = descriptors ? 0x0808 : 0;
  BuiltZip zip;
  std::string directory;
  for (const auto& [name, data] : entries) {
    const std::uint32_t crc = style == ZipStyle::no_checksums ? 0 : crc_of(data);
    const std::string sizes = number(data.size(), 8) + number(data.size(), 8);
    const std::string local_extra = wide ? number(1, 2) + number(16, 2) + sizes : "";
    zip.local.push_back(zip.bytes.size());
    zip.bytes += "PK\x03\x04" + number(0, 2) +
                 (descriptors ? common_fields(flags, 0, 0)
                              : common_fields(flags, crc, wide ? 0xFFFFFFFF : data.size())) +
                 number(name.size(), 2) + number(local_extra.size(), 2) + name + local_extra;
    zip.data.push_back(zip.bytes.size());
    zip.bytes += data;
    if (descriptors)
      zip.bytes += "PK\x07\x08" + number(crc, 4) + number(data.size(), 4) + number(data.size(), 4);

    const std::string extra = wide ? number(1, 2) + number(24, 2) + sizes + number(zip.local.back(), 8) : "";
    zip.central.push_back(directory.size());
    directory += "PK\x01\x02" + number(0, 4) + common_fields(flags, crc, wide ? 0xFFFFFFFF : data.size()) +
                 number(name.size(), 2) + number(extra.size(), 2) + number(0, 8) + number(0, 2) +
                 number(wide ? 0xFFFFFFFF : zip.local.back(), 4) + name + extra;
  }
  const std::uint64_t start = zip.bytes.size(), count = entries.size();
  for (std::size_t& at : zip.central)
    at += start;
  zip.bytes += directory;
  if (wide || descriptors) {
    zip.end64 = zip.bytes.size();
    zip.bytes += "PK\x06\x06" + number(44, 8) + number(0, 4) + number(0, 8) + number(count, 8) +
                 number(count, 8) + number(directory.size(), 8) + number(start, 8);
    zip.locator = zip.bytes.size();
    zip.bytes += "PK\x06\x07" + number(0, 4) + number(zip.end64, 8) + number(1, 4);
  }
  zip.end = zip.bytes.size();
  zip.bytes += "PK\x05\x06" + number(0, 4) + number(wide ? 0xFFFF : count, 2) +
               number(wide ? 0xFFFF : count, 2) + number(wide ? 0xFFFFFFFF : directory.size(), 4) +
               number(wide ? 0xFFFFFFFF : start, 4) + number(0, 2);
  return zip;
}

std::string torch_archive(const std::string& pickle, const std::vector<std::string>& storages,
                          ZipStyle style) {
  std::vector<std::pair<std::string, std::string>> entries{{"a/data.pkl", pickle}, {"a/byteorder", "little"}};
  for (std::size_t i = 0; i < storages.size(); ++i)
    entries.emplace_back("a/data/" + std::to_string(i), storages[i]);
  entries.emplace_back("a/version", "3\n");
  return built_zip(entries, style).bytes;
}

}  // namespace tauscope::test
