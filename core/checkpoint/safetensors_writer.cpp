#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

namespace tauscope {
namespace {

void check(const std::string& file, const std::vector<TensorToWrite>& tensors) {
  std::set<std::string_view> names;
  for (const TensorToWrite& tensor : tensors) {
    const auto wrong = [&](std::string problem) {
      return Error::failed(file, std::move(problem)).field(printable_utf8(tensor.name));
    };
    if (tensor.name == "__metadata__" || printable_utf8(tensor.name) != tensor.name)
      throw wrong("the tensor's name cannot be written");
    if (!names.insert(tensor.name).second) throw wrong("two tensors have this name");
    const auto bytes = tensor_bytes(tensor.type, tensor.shape);
    if (!bytes || *bytes != tensor.bytes.size())
      throw wrong("the tensor's bytes do not match its type and shape")
          .found(fmt::format("{} bytes", tensor.bytes.size()))
          .expected(bytes ? fmt::format("{} bytes", *bytes) : std::string("sizes that fit 63 bits"));
  }
}

/// Widest types first, so that every tensor lies at a multiple of its element's size; then by name.
std::vector<const TensorToWrite*> in_file_order(const std::vector<TensorToWrite>& tensors) {
  std::vector<const TensorToWrite*> order;
  for (const TensorToWrite& tensor : tensors)
    order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const TensorToWrite* a, const TensorToWrite* b) {
    const std::size_t width_a = tensor_type_bytes(a->type), width_b = tensor_type_bytes(b->type);
    return width_a != width_b ? width_a > width_b : a->name < b->name;
  });
  return order;
}

std::string header_of(const std::vector<const TensorToWrite*>& order,
                      const std::map<std::string, std::string>& metadata) {
  const auto json = [](const auto& value) {
    return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text = "{";
  if (!metadata.empty()) text += "\"__metadata__\":" + json(metadata);
  std::uint64_t at = 0;
  for (const TensorToWrite* tensor : order) {
    const std::uint64_t end = at + tensor->bytes.size();
    if (text.size() > 1) text += ',';
    text += fmt::format(R"({}:{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", json(tensor->name),
                        tensor_type_name(tensor->type), json(tensor->shape), at, end);
    at = end;
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  check(path.string(), tensors);
  const auto order = in_file_order(tensors);
  const std::string header = header_of(order, metadata);
  const std::uint64_t length = header.size();

  AtomicFile file(path);
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(header);
  for (const TensorToWrite* tensor : order)
    file.write({reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size()});
  file.commit();
}

}  // namespace tauscope
