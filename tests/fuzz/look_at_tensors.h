// What every reader of tensors promises of an accepted file.
#pragma once

#include "core/checkpoint/torch_file.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {

/// Every byte of every tensor can be read, and there are as many as type and shape ask for. Returns their
/// sum.
inline std::uint64_t look_at(const TensorFile& file, std::size_t file_bytes) {
  std::uint64_t sum = 0;
  for (const TensorEntry& tensor : file.tensors()) {
    promise(file.find(tensor.name) == &tensor, "a tensor is found under its name");
    promise(tensor_bytes(tensor.type, tensor.shape) == tensor.bytes.size(), "shape and bytes agree");
    promise(tensor.bytes.size() <= file_bytes, "no tensor is larger than the file");
    for (const std::byte byte : tensor.bytes)
      sum += static_cast<unsigned>(byte);
  }
  return sum;
}

inline Outcome run_torch_bytes(std::string_view archive) {
  const MemoryFile memory(archive);
  return outcome_of([&] { look_at(*TorchFile::open(memory.path()), archive.size()); });
}

}  // namespace tauscope::fuzz
