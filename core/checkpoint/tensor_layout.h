// Which tensors a checkpoint of a known family holds, and which part of the model a tensor belongs to. For
// `inspect`: models are loaded by core/model, which asks for its tensors itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/config_facts.h"

namespace tauscope {

enum class TensorGroup { embedding, attention, mlp, norm, head, other, buffer };
const char* tensor_group_name(TensorGroup group);

/// By the words in the name, for any family. Buffers are masks and tables that hold no weights.
TensorGroup tensor_group(std::string_view name);

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

struct TensorLayout {
  std::vector<ExpectedTensor> tensors;  ///< the head is not among them
  std::string embedding, head;
  std::vector<std::int64_t> head_shape;
};

/// Empty where the family is not known here, or the config lacks a size. The names are with or without the
/// family's prefix, as the checkpoint has them.
std::optional<TensorLayout> tensor_layout(const ConfigFacts& facts, const Checkpoint& checkpoint);

}  // namespace tauscope
