#include "core/base/json.h"
#include "core/data/data_file.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {

/// The examples of an accepted file are numbered from 0, have outputs unless the form has none, and are
/// UTF-8.
Outcome run_data_file(std::string_view bytes) {
  const MemoryFile memory(bytes);
  return outcome_of([&] {
    const auto data = DataFile::open(memory.path(), {});
    std::int64_t count = 0;
    while (const auto example = data->next()) {
      promise(example->index == count++, "examples are numbered in order");
      promise(data->form() == DataForm::vicuna || !example->outputs.empty(), "there is an output");
      promise(printable_utf8(example->prompt) == example->prompt, "a prompt is UTF-8");
    }
    promise(count > 0, "a file without examples is refused");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_data_file)
