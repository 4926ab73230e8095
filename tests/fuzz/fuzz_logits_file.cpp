#include "core/checkpoint/logits_file.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/safetensors_mutation.h"

namespace tauscope::fuzz {

/// Every entry of an accepted file's view can be read, and the file can be joined with itself unless no row
/// is scored.
Outcome run_logits_file(std::string_view bytes) {
  const MemoryFile memory(bytes);
  return outcome_of([&] {
    const auto file = LogitsFile::open(memory.path());
    const LogitsView& view = file->logits();
    promise(view.rows >= 1 && view.vocab >= 2 && view.row_stride == view.vocab, "there are rows to compare");
    promise(view.rows * view.vocab * dtype_bytes(view.dtype) < bytes.size() &&
                reinterpret_cast<std::uintptr_t>(view.data) % dtype_bytes(view.dtype) == 0,
            "the view lies in the file and is aligned");
    unsigned sum = 0;
    for (std::size_t row = 0; row < view.rows; ++row) {
      const auto* entries = static_cast<const unsigned char*>(view.row(row));
      for (std::size_t i = 0; i < view.vocab * dtype_bytes(view.dtype); ++i)
        sum += entries[i];
    }
    const JoinedLogits joined = join_logits(file, {file});
    promise(joined.rows() == view.rows && joined.vocab() == view.vocab && sum < UINT32_MAX,
            "a file agrees with itself");
    for (std::size_t row = 0; row < joined.targets.size(); ++row)
      promise(joined.targets[row] >= -1 && joined.targets[row] < static_cast<std::int64_t>(view.vocab),
              "targets are tokens");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_logits_file)
