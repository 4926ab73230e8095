#include "core/model/weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "core/base/error.h"
#include "core/checkpoint/head_decision.h"
#include "core/model/describe.h"

namespace tauscope {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::size_t names_shown = 5;

std::string shown(const std::vector<std::string>& names) {
  const std::size_t count = std::min(names.size(), names_shown);
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
  const std::string more = names.size() > count ? fmt::format(" and {} more", names.size() - count) : "";
  return fmt::format("{}{}", fmt::join(first, ", "), more);
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// The file of `entry`; the tensor keeps it mapped.
std::shared_ptr<const TensorFile> file_of(const Checkpoint& checkpoint, const TensorEntry& entry) {
  for (const auto& file : checkpoint.files())
    if (file->find(entry.name) == &entry) return file;
  throw Error::failed(checkpoint.folder().string(), "a tensor belongs to none of the checkpoint's files")
      .field(entry.name);
}

at::ScalarType scalar_type(const TensorEntry& entry, const std::string& file) {
  switch (entry.type) {
    case TensorType::F32:
      return at::kFloat;
    case TensorType::F16:
      return at::kHalf;
    case TensorType::BF16:
      return at::kBFloat16;
    default:
      throw Error::bad_input(file, "weights of this type are not supported")
          .field(entry.name)
          .found(tensor_type_name(entry.type))
          .expected("F32, F16 or BF16")
          .remedy("convert the checkpoint to one of these: load it with transformers, then save_pretrained");
  }
}

class Loader {
 public:
  Loader(const Checkpoint& checkpoint, at::ScalarType type, at::Device device)
      : checkpoint_(checkpoint), type_(type), device_(device) {}

  void load(const ParameterSlot<at::Tensor>& slot) {
    const TensorEntry* entry = checkpoint_.find(slot.name);
    if (entry == nullptr) {
      missing_.push_back(slot.name);
      return;
    }
    used_.insert(slot.name);
    const auto file = file_of(checkpoint_, *entry);
    const Shape stored = slot.stored_shape();
    if (entry->shape != stored)
      throw Error::bad_input(file->path().string(), "the tensor's shape does not agree with config.json")
          .field(slot.name)
          .found(shape_text(entry->shape))
          .expected(shape_text(stored))
          .remedy("compare config.json with the one at the checkpoint's source");
    const at::Tensor tensor = read(*entry, file);
    slot.tensor = slot.input_major ? tensor.t() : tensor;
  }

  void check_complete(const Family& family) const {
    if (!missing_.empty())
      throw Error::bad_input(checkpoint_.folder().string(), "tensors are missing")
          .field(shown(missing_))
          .expected(fmt::format("all tensors of a {} model as config.json describes it", family.model_type))
          .remedy("download the checkpoint again, or compare config.json with the one at its source");
  }

  /// Names of tensors that are not used and stand beside the model.
  std::string check_leftovers(const Family& family, const DecoderNames& names) const {
    std::vector<std::string> unexpected, beside;
    for (const std::string& name : checkpoint_.tensor_names()) {
      if (used_.count(name) != 0) continue;
      const Leftover kind = leftover_kind(family, names, name);
      if (kind != Leftover::buffer) (kind == Leftover::beside ? beside : unexpected).push_back(name);
    }
    if (!unexpected.empty())
      throw Error::bad_input(checkpoint_.folder().string(), "there are tensors that this model does not have")
          .field(shown(unexpected))
          .expected(fmt::format("only tensors of a {} model as config.json describes it", family.model_type))
          .remedy("compare config.json with the one at the checkpoint's source: it describes another model");
    return shown(beside);
  }

 private:
  at::Tensor read(const TensorEntry& entry, std::shared_ptr<const TensorFile> file) const {
    const at::ScalarType stored = scalar_type(entry, file->path().string());
    const auto address = reinterpret_cast<std::uintptr_t>(entry.bytes.data());
    const std::size_t element = tensor_type_bytes(entry.type);
    if (address % element != 0) return convert(copy_of(entry, stored));
    // ATen has no read-only tensors; nothing in a forward pass writes to its weights.
    void* data = const_cast<std::byte*>(entry.bytes.data());
    return convert(at::from_blob(
        data, entry.shape, [file](void*) {}, at::TensorOptions().dtype(stored)));
  }

  static at::Tensor copy_of(const TensorEntry& entry, at::ScalarType stored) {
    at::Tensor copy = at::empty(entry.shape, at::TensorOptions().dtype(stored));
    std::memcpy(copy.mutable_data_ptr(), entry.bytes.data(), entry.bytes.size());
    return copy;
  }

  at::Tensor convert(const at::Tensor& tensor) const {
    return tensor.to(at::TensorOptions().dtype(type_).device(device_));
  }

  const Checkpoint& checkpoint_;
  at::ScalarType type_;
  at::Device device_;
  std::vector<std::string> missing_;
  std::set<std::string> used_;
};

void load_head(const Checkpoint& checkpoint, const DecoderNames& names, DecoderConfig& config,
               DecoderWeights& weights, Loader& loader) {
  const HeadDecision head = decide_head(checkpoint, names.head, names.token_embedding, config.tied_head);
  config.tied_head = head.tied();
  if (head.kind == HeadKind::missing)
    throw Error::bad_input(checkpoint.folder().string(), "the head is missing, and it is not the embedding")
        .field(names.head)
        .found("tie_word_embeddings false, stated or by default")
        .expected("a head, or tie_word_embeddings true")
        .remedy("set tie_word_embeddings to true in config.json if the head is the embedding");
  if (head.kind != HeadKind::embedding) loader.load({names.head, weights.head, head_shape(config)});
  if (config.tied_head) weights.head = weights.token_embedding;
  if (const std::string remark = head_remark(head); !remark.empty()) weights.remarks.push_back(remark);
}

}  // namespace

DecoderWeights load_weights(const Checkpoint& checkpoint, DecoderConfig& config, at::ScalarType type,
                            at::Device device) {
  const DecoderNames names = names_in(checkpoint, config);
  DecoderWeights weights;
  Loader loader(checkpoint, type, device);
  visit_parameters(config, names, weights, [&](const ParameterSlot<at::Tensor>& slot) { loader.load(slot); });
  loader.check_complete(family_of(checkpoint));
  load_head(checkpoint, names, config, weights, loader);
  if (const std::string beside = loader.check_leftovers(family_of(checkpoint), names); !beside.empty())
    weights.remarks.push_back("tensors that stand beside the model are not used: " + beside);
  return weights;
}

}  // namespace tauscope
