#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

namespace tauscope {
namespace {

using Layout = SafetensorsStream::Layout;

/// Bytes of each tensor.
std::vector<std::uint64_t> check(const std::string& file, const std::vector<Layout>& tensors) {
  std::set<std::string_view> names;
  std::vector<std::uint64_t> sizes;
  for (const Layout& tensor : tensors) {
    const auto wrong = [&](std::string problem) {
      return Error::failed(file, std::move(problem)).field(printable_utf8(tensor.name));
    };
    if (tensor.name == "__metadata__" || printable_utf8(tensor.name) != tensor.name)
      throw wrong("the tensor's name cannot be written");
    if (!names.insert(tensor.name).second) throw wrong("two tensors have this name");
    const auto bytes = tensor_bytes(tensor.type, tensor.shape);
    if (!bytes) throw wrong("the tensor's shape is not one").expected("sizes that fit 63 bits");
    sizes.push_back(*bytes);
  }
  return sizes;
}

/// Widest types first, so that every tensor lies at a multiple of its element's size; then by name.
template <class Tensor>
std::vector<Tensor> in_file_order(std::vector<Tensor> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) {
    const std::size_t width_a = tensor_type_bytes(a.type), width_b = tensor_type_bytes(b.type);
    return width_a != width_b ? width_a > width_b : a.name < b.name;
  });
  return tensors;
}

std::string header_of(const std::vector<Layout>& order, const std::vector<std::uint64_t>& sizes,
                      const std::map<std::string, std::string>& metadata) {
  const auto json = [](const auto& value) {
    return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + json(metadata);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint64_t end = at + sizes[i];
    if (text.size() > 1) text += ',';
    text += fmt::format(R"({}:{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", json(order[i].name),
                        tensor_type_name(order[i].type), json(order[i].shape), at, end);
    at = end;
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

SafetensorsStream::SafetensorsStream(const std::filesystem::path& path, const std::vector<Layout>& tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  const std::vector<Layout> order = in_file_order(tensors);
  const std::vector<std::uint64_t> sizes = check(path.string(), order);
  const std::string header = header_of(order, sizes, metadata);
  const std::uint64_t length = header.size();
  file_.write({reinterpret_cast<const char*>(&length), sizeof length});
  file_.write(header);
  expected_ = std::accumulate(sizes.begin(), sizes.end(), file_.bytes_written());
}

void SafetensorsStream::write(std::span<const std::byte> bytes) {
  file_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void SafetensorsStream::commit() {
  if (file_.bytes_written() != expected_) {
    throw Error::failed(file_.path().string(), "the bytes written do not match the tensors' shapes")
        .found(fmt::format("{} bytes", file_.bytes_written()))
        .expected(fmt::format("{} bytes", expected_));
  }
  file_.commit();
}

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<Layout> layouts;
  for (const TensorToWrite& tensor : tensors) {
    layouts.push_back({tensor.name, tensor.type, tensor.shape});
    const auto bytes = tensor_bytes(tensor.type, tensor.shape);
    if (!bytes || *bytes != tensor.bytes.size()) {
      throw Error::failed(path.string(), "the tensor's bytes do not match its type and shape")
          .field(printable_utf8(tensor.name))
          .found(fmt::format("{} bytes", tensor.bytes.size()))
          .expected(bytes ? fmt::format("{} bytes", *bytes) : std::string("sizes that fit 63 bits"));
    }
  }
  SafetensorsStream file(path, layouts, metadata);
  for (const TensorToWrite& tensor : in_file_order(tensors))
    file.write(tensor.bytes);
  file.commit();
}

}  // namespace tauscope
