#include "core/checkpoint/torch_tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/torch_remedies.h"

namespace tauscope {
namespace {

constexpr std::size_t most_dimensions = 64;

using GlobalKind = PickleGlobal::Kind;
using NodeKind = PickleNode::Kind;

const PickleNode* node_of(const PickleValue& value, NodeKind kind) {
  const auto* const node = std::get_if<const PickleNode*>(&value);
  return node && (*node)->kind == kind ? *node : nullptr;
}

std::string list_text(const std::vector<std::int64_t>& values) {
  return shown(fmt::format("[{}]", fmt::join(values, ", ")));
}

}  // namespace

/// A call in the pickle, and whose it is.
struct TorchTensorReader::Call {
  const std::string& file;
  std::string_view tensor;
  GlobalKind callee;
  const std::vector<PickleValue>& arguments;

  Error wrong(const char* part, std::string problem) const {
    return Error::bad_input(file, std::move(problem)).field(in_quotes(tensor) + "." + part);
  }
  const PickleValue& argument(std::size_t number, const char* part) const {
    if (number >= arguments.size())
      throw wrong(part, "the tensor's description ends too early")
          .found(fmt::format("{} arguments", arguments.size()))
          .remedy(convert_torch_file);
    return arguments[number];
  }
  std::int64_t integer(const PickleValue& value, const char* part) const {
    if (const auto* const number = std::get_if<std::int64_t>(&value)) return *number;
    throw wrong(part, "is not an integer").found(described(value)).remedy(convert_torch_file);
  }
  std::vector<std::int64_t> sizes(std::size_t number, const char* part) const {
    const PickleValue& value = argument(number, part);
    const PickleNode* const tuple = node_of(value, NodeKind::tuple);
    if (!tuple || tuple->values.size() > most_dimensions)
      throw wrong(part, "is not a tuple of sizes")
          .found(described(value))
          .expected(fmt::format("a tuple of at most {} integers", most_dimensions))
          .remedy(convert_torch_file);
    std::vector<std::int64_t> all;
    for (const PickleValue& each : tuple->values)
      all.push_back(integer(each, part));
    return all;
  }
  /// Arguments that change what a tensor is, were they not empty.
  void expect_nothing(std::size_t number, const char* part) const {
    if (number >= arguments.size() || std::holds_alternative<PickleNone>(arguments[number])) return;
    const PickleNode* const dict = node_of(arguments[number], NodeKind::dict);
    if (!dict || !dict->values.empty())
      throw wrong(part, "is not empty: this is no plain tensor")
          .found(described(arguments[number]))
          .remedy(convert_torch_file);
  }
};

TorchTensorReader::Storage TorchTensorReader::read_storage(const Call& call, const PickleValue& value) {
  constexpr const char* part = "storage";
  const PickleNode* const persistent = node_of(value, NodeKind::persistent);
  const PickleNode* const id = persistent ? node_of(persistent->values[0], NodeKind::tuple) : nullptr;
  const auto damaged = [&](const char* problem) {
    std::string parts = described(id ? PickleValue(id) : value);
    for (std::size_t i = 0; id && i < std::min<std::size_t>(id->values.size(), 5); ++i)
      parts += (i == 0 ? ": " : ", ") + described(id->values[i]);
    return call.wrong(part, problem)
        .found(shown(parts, 300))
        .expected("('storage', TYPE, KEY, DEVICE, ELEMENTS)")
        .remedy(convert_torch_file);
  };
  if (!id || id->values.size() != 5)
    throw damaged("the tensor's storage is not described as torch.save does");
  const auto* const tag = std::get_if<std::string_view>(&id->values[0]);
  const auto* const type = std::get_if<PickleGlobal>(&id->values[1]);
  const auto* const key = std::get_if<std::string_view>(&id->values[2]);
  const auto* const device = std::get_if<std::string_view>(&id->values[3]);
  if (!tag || *tag != "storage" || !type || !key || !device ||
      (type->kind != GlobalKind::storage && type->kind != GlobalKind::untyped_storage))
    throw damaged("the tensor's storage is not described as torch.save does");

  Storage storage;
  storage.is_typed = type->kind == GlobalKind::storage;
  storage.type = type->type;
  const std::int64_t elements = call.integer(id->values[4], part);
  const auto bytes = tensor_bytes(storage.type, {elements});
  if (!bytes) throw damaged("the storage's size is not one").found(fmt::format("{} elements", elements));
  storage.elements = static_cast<std::uint64_t>(elements);
  if (const auto known = storages_.find(*key); known != storages_.end()) {
    const Storage& other = known->second;
    if (other.is_typed != storage.is_typed || other.type != storage.type ||
        other.elements != storage.elements)
      throw call.wrong(part, "two tensors describe their common storage differently")
          .found(fmt::format("{} {}, and {} {}", storage.elements, tensor_type_name(storage.type),
                             other.elements, tensor_type_name(other.type)))
          .remedy(convert_torch_file);
    return other;
  }
  const auto record = storage_of_(*key);
  if (!record)
    throw call.wrong(part, "the archive has no bytes for the storage")
        .found("key " + in_quotes(*key))
        .remedy("download or copy the file again");
  if (record->size() != *bytes)
    throw call.wrong(part, "the storage's bytes are not as many as its elements need")
        .found(fmt::format("{} bytes", record->size()))
        .expected(
            fmt::format("{} bytes for {} elements of {}", *bytes, elements, tensor_type_name(storage.type)))
        .remedy("download or copy the file again");
  storage.bytes = *record;
  storages_.emplace(*key, storage);
  return storage;
}

TorchTensor TorchTensorReader::read_tensor(const Call& call) {
  const bool states_type = call.callee == GlobalKind::rebuild_typed_tensor;
  Storage storage = read_storage(call, call.argument(0, "storage"));
  if (storage.is_typed == states_type)
    throw call.wrong("storage", "the storage's kind does not go with the tensor's")
        .remedy(convert_torch_file);
  TorchTensor tensor;
  tensor.layout.offset = call.integer(call.argument(1, "offset"), "offset");
  tensor.layout.shape = call.sizes(2, "size");
  tensor.layout.strides = call.sizes(3, "stride");
  call.argument(4, "requires_grad");
  call.argument(5, "backward_hooks");
  call.expect_nothing(5, "backward_hooks");
  tensor.type = storage.type;
  if (states_type) {
    const auto* const type = std::get_if<PickleGlobal>(&call.argument(6, "dtype"));
    if (!type || type->kind != GlobalKind::element_type)
      throw call.wrong("dtype", "is not an element type")
          .found(described(call.arguments[6]))
          .remedy(convert_torch_file);
    tensor.type = type->type;
    storage.elements = storage.bytes.size() / tensor_type_bytes(tensor.type);
  }
  call.expect_nothing(states_type ? 7 : 6, "metadata");

  const StridedLayout& layout = tensor.layout;
  if (layout.shape.size() != layout.strides.size())
    throw call.wrong("stride", "there are not as many strides as sizes")
        .found(list_text(layout.strides))
        .expected(fmt::format("{} of them", layout.shape.size()));
  if (!tensor_bytes(tensor.type, layout.shape))
    throw call.wrong("size", "a size is negative, or the tensor is larger than 63 bits can count")
        .found(list_text(layout.shape));
  if (!layout.fits(storage.elements))
    throw call.wrong("size", "the tensor reaches beyond its storage")
        .found(fmt::format("size {}, stride {}, offset {}", list_text(layout.shape),
                           list_text(layout.strides), layout.offset))
        .expected(fmt::format("to lie in {} elements", storage.elements));
  if (!layout.is_empty() && !layout.is_injective())
    throw call.wrong("stride", "elements of the tensor overlap: it is a view that repeats numbers")
        .found(fmt::format("size {}, stride {}", list_text(layout.shape), list_text(layout.strides)))
        .remedy(convert_torch_file);
  tensor.storage = storage.bytes;
  return tensor;
}

TorchTensor TorchTensorReader::read(std::string_view name, const PickleValue& value) {
  const auto no_tensor = [&](const PickleValue& found) {
    return Error::bad_input(file_, "is not a tensor: the file is not a flat state dict")
        .field(in_quotes(name))
        .found(described(found))
        .expected("a tensor for each name")
        .remedy("save the model's own state dict: torch.save(model.state_dict(), 'pytorch_model.bin')");
  };
  const PickleNode* call = node_of(value, NodeKind::call);
  if (!call) throw no_tensor(value);
  if (call->callee.kind == GlobalKind::rebuild_parameter) {
    const PickleNode* const arguments = std::get<const PickleNode*>(call->values[0]);
    const Call parameter{file_, name, call->callee.kind, arguments->values};
    const PickleValue& data = parameter.argument(0, "data");
    parameter.argument(1, "requires_grad");
    parameter.expect_nothing(2, "backward_hooks");
    call = node_of(data, NodeKind::call);
    if (!call || call->callee.kind == GlobalKind::rebuild_parameter) throw no_tensor(data);
  }
  const PickleNode* const arguments = std::get<const PickleNode*>(call->values[0]);
  return read_tensor({file_, name, call->callee.kind, arguments->values});
}

}  // namespace tauscope
