// The tensors of a state dict, from their descriptions in the pickle.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/checkpoint/pickle.h"
#include "core/checkpoint/strided_copy.h"
#include "core/checkpoint/tensor_file.h"

namespace tauscope {

struct TorchTensor {
  TensorType type = TensorType::F32;
  StridedLayout layout;
  std::span<const std::byte> storage;
};

/// Reads the calls of _rebuild_tensor_v2, _rebuild_tensor_v3 and _rebuild_parameter. Throws Error::bad_input
/// naming the tensor and its part.
class TorchTensorReader {
 public:
  /// `storage_of`: the bytes of the storage with this key; nothing where there is none.
  using StorageOf = std::function<std::optional<std::span<const std::byte>>(std::string_view key)>;
  TorchTensorReader(std::string file, StorageOf storage_of)
      : file_(std::move(file)), storage_of_(std::move(storage_of)) {}

  TorchTensor read(std::string_view name, const PickleValue& value);

 private:
  struct Storage {
    bool is_typed = false;
    TensorType type = TensorType::U8;
    std::uint64_t elements = 0;
    std::span<const std::byte> bytes;
  };
  struct Call;

  Storage read_storage(const Call& call, const PickleValue& value);
  TorchTensor read_tensor(const Call& call);

  std::string file_;
  StorageOf storage_of_;
  std::map<std::string_view, Storage> storages_;  ///< by key, which lies in the pickle
};

}  // namespace tauscope
