// Which part of a model a tensor belongs to, and which tensors a model is made of, for looking at a file
// without loading it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

enum class TensorGroup { embedding, attention, mlp, norm, head, other, buffer };
const char* tensor_group_name(TensorGroup group);

/// By the words in the name, for any family. Buffers are masks and tables that hold no weights.
TensorGroup tensor_group(std::string_view name);

/// A tensor of the file that the model does not ask for.
enum class Leftover {
  buffer,      ///< holds no weights: a mask, a table
  beside,      ///< stands beside the model: the head of another task
  unexpected,  ///< stands inside the model, which is then another one than config.json describes
};

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;  ///< in the file
};

struct TensorLayout {
  std::vector<ExpectedTensor> tensors;  ///< the head is not among them
  std::string embedding, head;
  std::vector<std::int64_t> head_shape;
  std::function<Leftover(std::string_view)> leftover;  ///< of a tensor that is none of these
};

}  // namespace tauscope
