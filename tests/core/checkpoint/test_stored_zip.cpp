// Archives that are right, in every form that writers use. (What is wrong with others: tests/malformed.)
#include "core/checkpoint/stored_zip.h"
#include "tests/core/checkpoint/zip_builder.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::vector<ZipEntry> read(const std::string& archive) {
  return read_stored_zip(std::as_bytes(std::span<const char>(archive)), "archive.zip");
}

std::string text_of(const ZipEntry& entry) {
  return {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
}

}  // namespace

TEST_CASE("entries are pieces of the archive, in the order of their bytes") {
  const std::vector<std::pair<std::string, std::string>> content{
      {"b/one", "first"}, {"a", ""}, {"\xC3\xA4/x.y", std::string(1000, 'z')}};
  for (const ZipStyle style :
       {ZipStyle::plain, ZipStyle::descriptors, ZipStyle::zip64, ZipStyle::no_checksums}) {
    const BuiltZip built = built_zip(content, style);
    const auto entries = read(built.bytes);
    REQUIRE(entries.size() == content.size());
    for (std::size_t i = 0; i < content.size(); ++i) {
      CHECK(entries[i].name == content[i].first);
      CHECK(text_of(entries[i]) == content[i].second);
      CHECK(reinterpret_cast<const char*>(entries[i].bytes.data()) == built.bytes.data() + built.data[i]);
      CHECK(entries[i].crc == (style == ZipStyle::no_checksums ? 0 : crc32_of(entries[i].bytes)));
    }
  }
  CHECK(read(built_zip({}).bytes).empty());
}

TEST_CASE("the checksum is that of zip") {
  const std::string check = "123456789";
  CHECK(crc32_of(std::as_bytes(std::span<const char>(check))) == 0xCBF43926);  // the standard's check value
  CHECK(crc32_of({}) == 0);
}

TEST_CASE("names can be looked at before anything else is refused") {
  BuiltZip built = built_zip({{"a/constants.pkl", "x"}});
  built.bytes = built.with(built.central[0] + 10, 8, 2);  // compressed
  std::string seen;
  CHECK_THROWS(read_stored_zip(std::as_bytes(std::span<const char>(built.bytes)), "archive.zip",
                               [&](const std::string& name) { seen = name; }));
  CHECK(seen == "a/constants.pkl");
}
