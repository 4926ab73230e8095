#include "tests/core/checkpoint/zip_builder.h"
#include "tests/fuzz/look_at_tensors.h"

namespace tauscope::fuzz {

/// A pickle in an archive that is right, with four storages of 16, 24, 240 and 0 bytes.
Outcome run_pickle(std::string_view bytes) {
  static const std::vector<std::string> storages{std::string(16, '\x3F'), std::string(24, '\1'),
                                                 std::string(240, '\2'), ""};
  return run_torch_bytes(test::torch_archive(std::string(bytes), storages));
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_pickle)
