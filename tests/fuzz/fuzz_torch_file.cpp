#include "tests/fuzz/look_at_tensors.h"

namespace tauscope::fuzz {

/// A whole archive of torch.save.
Outcome run_torch_file(std::string_view bytes) {
  return run_torch_bytes(bytes);
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_torch_file)
