// The pickles that torch.save writes for a state dict, read as data: nothing is imported, called or executed.
// (Opcodes: Python's Lib/pickletools.py; only protocol 2 and what such a pickle needs is known here.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/checkpoint/tensor_file.h"

namespace tauscope {

/// The only things that a pickle may name.
struct PickleGlobal {
  enum class Kind {
    ordered_dict,
    rebuild_tensor,
    rebuild_typed_tensor,
    rebuild_parameter,
    storage,
    untyped_storage,
    element_type
  };
  Kind kind = Kind::ordered_dict;
  TensorType type = TensorType::U8;  ///< of a storage or an element type
};

struct PickleNone {};
struct PickleNode;

/// Text points into the pickle. Nodes belong to the PickleTree.
using PickleValue =
    std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleGlobal, const PickleNode*>;

/// What is made of other values. A call is kept as what it is: the callable and its tuple of arguments.
struct PickleNode {
  enum class Kind { tuple, list, dict, call, persistent };
  Kind kind = Kind::tuple;
  PickleGlobal callee;  ///< of a call
  /// Elements; the tuple of a call; the id of a persistent object; of a dict, keys and values in turn.
  std::vector<PickleValue> values;
};

/// A pickle and what it stands for. `bytes` must outlive it.
class PickleTree {
 public:
  static constexpr std::size_t most_bytes = std::size_t{32} << 20;
  static constexpr std::size_t most_nodes = 1'000'000, most_memo = 2'000'000, most_stacked = 1'000'000;

  /// Throws Error::bad_input, naming `file` and the place as `field` and byte: any other global (by name,
  /// with the remedy), any other opcode (by name), a stack or memo that is not as the opcode needs it, more
  /// than the counts above, text that is not UTF-8, an end before STOP and bytes behind it. Memory is bounded
  /// by the counts and by a multiple of the pickle's bytes; nesting costs no stack.
  PickleTree(std::span<const std::byte> bytes, const std::string& file, const std::string& field);

  const PickleValue& root() const { return root_; }

 private:
  friend class PickleMachine;
  std::deque<PickleNode> nodes_;
  PickleValue root_;
};

/// "the tuple", "the number 7", for messages.
std::string described(const PickleValue& value);

/// "collections.OrderedDict" and so on.
std::string pickle_global_name(const PickleGlobal& global);

}  // namespace tauscope
