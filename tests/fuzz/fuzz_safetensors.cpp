#include "core/checkpoint/safetensors.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/safetensors_mutation.h"

namespace tauscope::fuzz {

/// The tensors of an accepted file cover its data exactly, and every byte of them can be read.
Outcome run_safetensors(std::string_view bytes) {
  const MemoryFile memory(bytes);
  return outcome_of([&] {
    const auto file = SafetensorsFile::open(memory.path());
    std::size_t covered = 0;
    unsigned sum = 0;
    for (const TensorEntry& tensor : file->tensors()) {
      covered += tensor.bytes.size();
      for (const std::byte byte : tensor.bytes)
        sum += static_cast<unsigned>(byte);
      promise(file->find(tensor.name) == &tensor, "a tensor is found under its name");
      promise(tensor_bytes(tensor.type, tensor.shape) == tensor.bytes.size(), "shape and bytes agree");
    }
    promise(covered < bytes.size() && sum <= 255 * covered, "tensors lie behind the header");
    const std::string_view tail = bytes.substr(bytes.size() - covered);
    unsigned tail_sum = 0;
    for (const char byte : tail)
      tail_sum += static_cast<unsigned char>(byte);
    promise(sum == tail_sum, "the tensors are the file's last bytes, each once");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_safetensors)
