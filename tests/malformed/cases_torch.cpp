#include "tests/core/checkpoint/pickle_builder.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/malformed/cases.h"

namespace tauscope::test {
namespace {

// Offsets of fields in a local header, a directory entry, a descriptor and the end records (APPNOTE 4.3).
constexpr std::size_t local_flags = 6, local_method = 8, local_crc = 14, local_size = 22,
                      local_name_length = 26, local_name = 30;
constexpr std::size_t central_flags = 8, central_method = 10, central_crc = 16, central_packed = 20,
                      central_size = 24, central_extra_length = 30, central_disk = 34, central_header = 42,
                      central_name = 46;
constexpr std::size_t end_disk = 4, end_count = 8, end_size = 12, end_offset = 16, end_comment = 20;

const std::string pickle_text = pickle::dict(pickle::text("x") + pickle::plain_tensor());
const std::string storage(16, 'd');

using Entries = std::vector<std::pair<std::string, std::string>>;
const Entries entries{
    {"a/data.pkl", pickle_text}, {"a/byteorder", "little"}, {"a/data/0", storage}, {"a/version", "3\n"}};

BuiltZip zip(ZipStyle style) {
  return built_zip(entries, style);
}

/// The directory's and the entry's own field.
std::string in_both(const BuiltZip& built, std::size_t entry, std::size_t local, std::size_t central,
                    std::uint64_t value, std::size_t width) {
  BuiltZip changed = built;
  changed.bytes = changed.with(built.local[entry] + local, value, width);
  return changed.with(built.central[entry] + central, value, width);
}

/// An archive whose third entry has another name.
std::string named(const std::string& name) {
  Entries changed = entries;
  changed[2].first = name;
  return built_zip(changed).bytes;
}

std::string replaced(const std::string& name, const std::string& content) {
  Entries changed = entries;
  for (auto& entry : changed)
    if (entry.first == name) entry.second = content;
  return built_zip(changed).bytes;
}

std::string without_entry(const std::string& name) {
  Entries changed = entries;
  std::erase_if(changed, [&](const auto& entry) { return entry.first == name; });
  return built_zip(changed).bytes;
}

Files bin(std::string bytes) {
  return {{"pytorch_model.bin", std::move(bytes)}};
}

}  // namespace

std::vector<MalformedCase> archive_cases() {
  const BuiltZip plain = zip(ZipStyle::plain), torch = zip(ZipStyle::descriptors),
                 wide = zip(ZipStyle::zip64);
  Entries twice = entries;
  twice.push_back(entries[2]);
  std::vector<MalformedCase> cases;
  const auto add = [&](std::string name, std::string bytes, std::vector<std::string> fragments) {
    cases.push_back({std::move(name), "torch", bin(std::move(bytes)), std::move(fragments)});
  };
  // What the file is.
  add("an empty file", "", {"the file is empty", "download"});
  add("a text", "weights go here", {"is not a PyTorch file", "PyTorch 1.6"});
  add("a web page", "<!DOCTYPE html><html></html>", {"web page", "logged in"});
  add("a git-lfs pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
      {"git-lfs pointer", "git lfs pull"});
  add("a legacy file", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02",
      {"before version 1.6", "torch.save(torch.load"});
  add("a tar archive", std::string(257, 'x') + "ustar" + std::string(300, '\0'),
      {"tar archive", "torch.save(torch.load"});
  add("a safetensors file", std::string("\x02\0\0\0\0\0\0\0{}", 10),
      {"safetensors file", "model.safetensors"});
  add("a TorchScript archive", named("a/constants.pkl"),
      {"TorchScript", "holds code", "a/constants.pkl", "torch.jit.load"});
  // The end of the archive.
  add("a zip cut within its entries", plain.bytes.substr(0, 200), {"truncated", "end record"});
  add("a zip cut within its directory", plain.bytes.substr(0, plain.end - 5), {"truncated", "end record"});
  add("bytes behind the archive", plain.bytes + "tail",
      {"bytes behind the end of the zip archive", "4 bytes"});
  add("a comment that is not there", plain.with(plain.end + end_comment, 7, 2), {"comment", "7 bytes"});
  add("a split archive", plain.with(plain.end + end_disk, 1, 2), {"one part of several", "join"});
  {
    BuiltZip many = plain;
    many.bytes = many.with(plain.end + end_count, 60000, 2);
    add("more entries than the directory has room for", many.with(plain.end + end_count + 2, 60000, 2),
        {"too small for its entries", "60000 entries"});
    BuiltZip more = plain;
    more.bytes = more.with(plain.end + end_count, 5, 2);
    add("one entry too many", more.with(plain.end + end_count + 2, 5, 2),
        {"too small for its entries", "5 entries in 222 bytes"});
    BuiltZip fewer = plain;
    fewer.bytes = fewer.with(plain.end + end_count, 3, 2);
    add("one entry too few", fewer.with(plain.end + end_count + 2, 3, 2),
        {"holds more than its entries", "behind entry 3"});
  }
  add("a directory elsewhere", plain.with(plain.end + end_offset, 1, 4),
      {"not where its end record says", "bytes at 1"});
  add("a directory larger than the file", plain.with(plain.end + end_size, 0x7FFFFFFF, 4),
      {"not where its end record says", "2147483647 bytes"});
  add("a directory that is overwritten", plain.with(plain.central[1], 0, 4),
      {"directory is damaged", "central directory, entry 1"});
  add("an entry that reaches beyond the directory",
      plain.with(plain.central[3] + central_extra_length, 60000, 2), {"reaches beyond its end", "entry 3"});
  // zip64.
  add("zip64 without its record", plain.with(plain.end + end_offset, 0xFFFFFFFF, 4),
      {"zip64 record that is not there"});
  add("a zip64 locator that points elsewhere", wide.with(wide.locator + 8, 12, 8),
      {"zip64 end record is not where", "offset 12"});
  add("a zip64 record of another size", wide.with(wide.end64 + 4, 1ULL << 63, 8),
      {"zip64 end record has another size", "9223372036854775808"});
  {
    BuiltZip many = wide;
    many.bytes = many.with(wide.end64 + 24, 1ULL << 60, 8);
    add("zip64 entries beyond counting", many.with(wide.end64 + 32, 1ULL << 60, 8),
        {"too small for its entries", "1152921504606846976"});
  }
  add("two end records that differ", torch.with(torch.end + end_offset, 5, 4),
      {"contradict each other", "at 5"});
  add("a zip64 size of 2^63",
      wide.with(wide.central[2] + central_name + entries[2].first.size() + 4, 1ULL << 63, 8),
      {"two different sizes", "9223372036854775808"});
  add("a zip64 offset of 2^64 - 1",
      wide.with(wide.central[2] + central_name + entries[2].first.size() + 20, ~0ULL, 8),
      {"a/data/0", "does not begin before the directory", "18446744073709551615"});
  add("a zip64 field that is too short",
      wide.with(wide.central[2] + central_name + entries[2].first.size() + 2, 8, 2),
      {"zip64 field is too short", "8 bytes"});
  add("sizes that ask for a zip64 field", plain.with(plain.central[2] + central_size, 0xFFFFFFFF, 4),
      {"lacks the zip64 field", "a/data/0"});
  add("an entry of another disk", plain.with(plain.central[2] + central_disk, 3, 2),
      {"another part of a split archive", "a/data/0"});
  // Entries.
  add("a compressed entry", in_both(plain, 2, local_method, central_method, 8, 2),
      {"is compressed", "method 8", "a/data/0", "torch.save"});
  add("an encrypted entry", in_both(plain, 2, local_flags, central_flags, 1, 2),
      {"is encrypted", "a/data/0", "password"});
  add("an entry with odd flags", in_both(plain, 2, local_flags, central_flags, 0x20, 2),
      {"flags that a stored entry does not have", "0x0020"});
  add("sizes that differ in the directory", plain.with(plain.central[2] + central_packed, 15, 4),
      {"two different sizes", "15 and 16"});
  add("an entry that is too long",
      [&] {
        BuiltZip longer = plain;
        longer.bytes = longer.with(plain.central[2] + central_packed, 17, 4);
        return longer.with(plain.central[2] + central_size, 17, 4);
      }(),
      {"overlaps the next one", "17 bytes"});
  add("an entry's own size differs", plain.with(plain.local[2] + local_size, 15, 4),
      {"own header contradicts the directory", "15 bytes"});
  add("an entry's own checksum differs", plain.with(plain.local[2] + local_crc, 1, 4),
      {"own header contradicts the directory", "CRC 00000001"});
  add("an entry's own name differs", plain.with(plain.local[2] + local_name + 7, '7', 1),
      {"own header has another name", "a/data/7"});
  add("an entry's own flags differ", plain.with(plain.local[2] + local_flags, 0x800, 2),
      {"own header contradicts the directory", "0x0800"});
  add("an entry's name reaches into the next", plain.with(plain.local[2] + local_name_length, 60000, 2),
      {"overlaps the next one", "a/data/0"});
  add("an entry where there is none", plain.with(plain.central[2] + central_header, plain.local[2] + 1, 4),
      {"a/byteorder", "belong to none", "1 bytes"});
  add("two entries in one place", plain.with(plain.central[2] + central_header, plain.local[1], 4),
      {"overlaps the next one"});
  add("an entry behind the directory", plain.with(plain.central[3] + central_header, plain.end, 4),
      {"does not begin before the directory", "a/version"});
  {
    // The directory forgets its first entry.
    const std::size_t length = plain.central[1] - plain.central[0];
    BuiltZip headless = plain;
    headless.bytes = headless.with(plain.end + end_offset, plain.central[1], 4);
    headless.bytes = headless.with(plain.end + end_size, plain.end - plain.central[0] - length, 4);
    headless.bytes = headless.with(plain.end + end_count, 3, 2);
    add("bytes before the first entry", headless.with(plain.end + end_count + 2, 3, 2),
        {"bytes before the first entry"});
  }
  add("a descriptor that differs", torch.with(torch.data[2] + 16 + 8, 15, 4),
      {"descriptor contradicts the directory", "a/data/0", "15 and 16 bytes"});
  add("a descriptor that lacks its signature", torch.with(torch.data[2] + 16, 0, 4),
      {"not its descriptor", "a/data/0", "16 bytes"});
  // Names.
  add("two entries of one name", built_zip(twice).bytes, {"two entries have this name", "a/data/0"});
  add("a name that climbs", named("a/../../etc/passwd"), {"leads out of the archive", "a/../../etc/passwd"});
  add("an absolute name", named("/etc/passwd"), {"a path of its own", "/etc/passwd"});
  add("a name with backslashes", named("a\\..\\x"), {"a path of its own", "a\\..\\x"});
  add("a name of a drive", named("C:/x"), {"a path of its own", "C:/x"});
  add("a name that is empty", named(""), {"has no name"});
  add("a name that is too long", named(std::string(2000, 'n')), {"name is too long", "nnn"});
  add("a name with a zero byte", named(std::string("a/data/0\0x", 10)), {"not printable"});
  add("a name that is not UTF-8", named("a/\xFF\xFE"), {"not printable UTF-8"});
  add("a folder", named("a/data/"), {"is a folder", "a/data/"});
  add("entries in two folders", named("b/data/0"), {"do not lie in one folder", "b/data/0"});
  // torch.save's records.
  add("an archive without entries", std::string("PK\x05\x06") + std::string(18, '\0'),
      {"the zip archive is empty"});
  add("an archive without its pickle", without_entry("a/data.pkl"),
      {"not one that torch.save wrote", "a/data.pkl", "no such entry"});
  add("an archive without a version", without_entry("a/version"),
      {"not one that torch.save wrote", "a/version", "no such entry"});
  add("a version to come", replaced("a/version", "99\n"), {"version", "\"99", "from 1 to 10"});
  add("a version that is no number", replaced("a/version", "three"), {"version", "three"});
  add("big-endian numbers", replaced("a/byteorder", "big"), {"little-endian", "\"big\"", "safetensors"});
  add("a pickle that does not have its checksum", plain.with(plain.data[0] + 3, 'x', 1),
      {"checksum", "a/data.pkl", "CRC"});
  add("a storage of another size", replaced("a/data/0", std::string(12, 'd')),
      {"\"x\".storage", "12 bytes", "16 bytes for 4 elements of F32"});
  add("a storage that is not there", without_entry("a/data/0"),
      {"\"x\".storage", "no bytes for the storage", "key \"0\""});
  return cases;
}

}  // namespace tauscope::test
