#include "core/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/base/message.h"
#include "core/checkpoint/foreign_file.h"

namespace tauscope {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and bytes are used in place");

constexpr std::size_t length_bytes = 8;
/// The format's own limit on the header.
constexpr std::uint64_t max_header_bytes = 100'000'000;

Error not_safetensors(const std::string& file, std::string_view content) {
  if (const auto kind = foreign_kind(content))
    return Error::bad_input(file, kind->problem).expected("a safetensors file").remedy(kind->remedy);
  return Error::bad_input(file, "is not a safetensors file").remedy(download_again);
}

/// The JSON text of the header.
std::string_view header_text(const std::string& file, std::string_view content) {
  if (content.empty()) throw Error::bad_input(file, "the file is empty").remedy(download_again);
  std::uint64_t length = 0;
  if (content.size() >= length_bytes) std::memcpy(&length, content.data(), length_bytes);
  const bool plausible = length >= 2 && length <= max_header_bytes && content.size() > length_bytes &&
                         content[length_bytes] == '{';
  if (!plausible) {
    // A file cut off within its first bytes cannot be told from something else by what follows.
    Error other = not_safetensors(file, content);
    if (!other.expected_value().empty()) throw other;
    if (content.size() < length_bytes)
      throw Error::bad_input(file, "the file is truncated: it ends within the header's length")
          .found(fmt::format("{} bytes", content.size()))
          .remedy(download_again);
    if (length < 2 || length > max_header_bytes)
      throw std::move(other)
          .field("header length")
          .found(fmt::format("{}", length))
          .expected(fmt::format("from 2 to {}", max_header_bytes));
    if (content.size() > length_bytes)
      throw std::move(other)
          .field("header")
          .found(fmt::format("first byte 0x{:02x}", content[length_bytes] & 0xFF))
          .expected("'{'");
  }
  const std::uint64_t room = content.size() - length_bytes;
  if (length > room)
    throw Error::bad_input(file, "the file is truncated: it ends within its header")
        .field("header length")
        .found(fmt::format("{}", length))
        .expected(fmt::format("at most {}, for a file of {} bytes", room, content.size()))
        .remedy(download_again);
  return content.substr(length_bytes, length);
}

Json parse_header(const std::string& file, std::string_view text) {
  try {
    return parse_json(text, file);
  } catch (const Error& error) {
    throw Error::bad_input(file, error.problem())
        .field("header, " + error.field_name())
        .remedy(download_again);
  }
}

std::map<std::string, std::string> read_metadata(const std::string& file, const Json& value) {
  const JsonFields fields(value, file, "__metadata__");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items())
    metadata.emplace(key, fields.string(key));
  return metadata;
}

std::vector<std::int64_t> read_shape(const JsonFields& fields) {
  const Json& value = fields.at("shape");
  const auto wrong = [&](std::string problem) {
    return Error::bad_input(fields.file(), std::move(problem))
        .field(fields.path_of("shape"))
        .found(shown(value.dump()))
        .expected("a list of sizes that fit 63 bits");
  };
  if (!value.is_array()) throw wrong("is not a list");
  std::vector<std::int64_t> shape;
  for (const Json& extent : value) {
    // An integer that was parsed as unsigned is one that is not negative.
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > std::uint64_t{INT64_MAX})
      throw wrong("holds something that is not a size");
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

struct Offsets {
  std::uint64_t begin = 0, end = 0;
};

Offsets read_offsets(const JsonFields& fields) {
  const Json& value = fields.at("data_offsets");
  const bool is_pair = value.is_array() && value.size() == 2 && value[0].is_number_unsigned() &&
                       value[1].is_number_unsigned() &&
                       value[0].get<std::uint64_t>() <= value[1].get<std::uint64_t>();
  if (!is_pair)
    throw Error::bad_input(fields.file(), "is not the begin and end of the tensor's bytes")
        .field(fields.path_of("data_offsets"))
        .found(shown(value.dump()))
        .expected("[begin, end] with begin <= end");
  return {value[0].get<std::uint64_t>(), value[1].get<std::uint64_t>()};
}

/// One entry of the header; `data` is what follows the header.
TensorEntry read_entry(const std::string& file, const std::string& name, const Json& value,
                       std::span<const std::byte> data) {
  const JsonFields fields(value, file, in_quotes(name));
  for (const auto& [key, unused] : value.items())
    if (key != "dtype" && key != "shape" && key != "data_offsets")
      throw Error::bad_input(file, "a field that the format does not have").field(fields.path_of(shown(key)));

  TensorEntry entry;
  entry.name = name;
  const std::string type_name = fields.string("dtype");
  const auto type = tensor_type_of_name(type_name);
  if (!type)
    throw Error::bad_input(file, "the element type is not known")
        .field(fields.path_of("dtype"))
        .found(in_quotes(type_name))
        .expected("one of " + tensor_type_names());
  entry.type = *type;
  entry.shape = read_shape(fields);
  const auto bytes = tensor_bytes(entry.type, entry.shape);
  if (!bytes)
    throw Error::bad_input(file,
                           tensor_type_bytes(entry.type) != 0
                               ? "the tensor is larger than 63 bits can count"
                               : "the tensor's packed elements do not fill whole bytes, or are too many")
        .field(fields.path_of("shape"))
        .found(shown(value["shape"].dump()));

  const Offsets offsets = read_offsets(fields);
  if (offsets.end > data.size())
    throw Error::bad_input(file, "the file is truncated: it ends before the tensor does")
        .field(fields.path_of("data_offsets"))
        .found(fmt::format("end {}", offsets.end))
        .expected(fmt::format("at most {}, the bytes behind the header", data.size()))
        .remedy(download_again);
  if (offsets.end - offsets.begin != *bytes)
    throw Error::bad_input(file, "the tensor's bytes do not match its type and shape")
        .field(fields.path_of("data_offsets"))
        .found(fmt::format("{} bytes", offsets.end - offsets.begin))
        .expected(fmt::format("{} bytes for {} {}", *bytes, type_name, shown(value["shape"].dump())));
  entry.bytes = data.subspan(offsets.begin, *bytes);
  return entry;
}

/// Tensors sorted by offset must cover the data without gap or overlap.
void check_coverage(const std::string& file, const std::vector<TensorEntry>& tensors,
                    std::span<const std::byte> data) {
  const std::byte* at = data.data();
  for (const TensorEntry& tensor : tensors) {
    const std::byte* const begin = tensor.bytes.data();
    if (begin != at)
      throw Error::bad_input(
          file, begin < at ? "the tensor overlaps the one before it" : "there is a gap before the tensor")
          .field(in_quotes(tensor.name) + ".data_offsets")
          .found(fmt::format("begin {}", begin - data.data()))
          .expected(fmt::format("begin {}", at - data.data()));
    at = begin + tensor.bytes.size();
  }
  if (at != data.data() + data.size())
    throw Error::bad_input(file, "there are bytes behind the last tensor")
        .field("end of file")
        .found(fmt::format("{} bytes behind the header", data.size()))
        .expected(fmt::format("{}", at - data.data()))
        .remedy(download_again);
}

}  // namespace

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const SafetensorsFile>(new SafetensorsFile(path));
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : TensorFile(path) {
  const std::string name = path.string();
  const std::string_view text =
      header_text(name, {reinterpret_cast<const char*>(content().data()), content().size()});
  const Json header = parse_header(name, text);
  const std::span<const std::byte> data = content().subspan(length_bytes + text.size());

  std::vector<TensorEntry> tensors;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__")
      metadata_ = read_metadata(name, value);
    else
      tensors.push_back(read_entry(name, key, value, data));
  }
  std::sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    // Empty tensors stand where their neighbour begins.
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  check_coverage(name, tensors, data);
  set_tensors(std::move(tensors));
}

}  // namespace tauscope
