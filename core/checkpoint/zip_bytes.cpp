#include "core/checkpoint/zip_bytes.h"

#include <fmt/format.h>

#include "core/base/message.h"
#include "core/checkpoint/foreign_file.h"

namespace tauscope::zip {

Error Bytes::wrong(std::string problem) const {
  return Error::bad_input(file_, std::move(problem)).remedy(download_again);
}

Error Bytes::wrong_in(const std::string& name, std::string problem) const {
  return Error::bad_input(file_, std::move(problem)).field("zip entry " + in_quotes(name));
}

void Bytes::read_wide(const std::string& name, std::uint64_t at, std::uint64_t size,
                      const std::vector<std::uint64_t*>& wide) const {
  bool found = false;
  while (size >= 4) {
    Fields fields = fields_at(at);
    const std::uint16_t id = fields.u16(), length = fields.u16();
    if (length > size - 4) break;
    if (id == 1 && found) throw wrong_in(name, "the entry has two zip64 fields").remedy(download_again);
    if (id == 1) {
      found = true;
      if (length < 8 * wide.size())
        throw wrong_in(name, "the entry's zip64 field is too short")
            .found(fmt::format("{} bytes", length))
            .expected(fmt::format("{}", 8 * wide.size()))
            .remedy(download_again);
      for (std::uint64_t* const value : wide)
        *value = fields.u64();
    }
    at += 4 + length;
    size -= 4 + length;
  }
  if (size != 0) throw wrong_in(name, "the entry's extra fields are damaged").remedy(download_again);
  if (!found && !wide.empty())
    throw wrong_in(name, "the entry lacks the zip64 field that its sizes ask for").remedy(download_again);
}

}  // namespace tauscope::zip
