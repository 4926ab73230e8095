#include "core/checkpoint/inspection.h"
#include "core/model/describe.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {

/// Any config.json and generation_config.json can be inspected, in one screen, and told as JSON. (The input
/// is both files: what is a config for one reader is no generation config for the other, and the reverse.)
Outcome run_config(std::string_view bytes) {
  static const ScratchFolder folder;
  folder.write("config.json", bytes);
  folder.write("generation_config.json", bytes);
  return outcome_of([&] {
    const CheckpointInspection inspection = inspect_checkpoint(folder.path(), describe_model);
    promise(!inspection.loadable && !inspection.problems.empty(), "there are no weights, and it says so");
    const std::string text = inspection_text(inspection);
    promise(text.size() < 20000 && printable_utf8(text) == text,
            "what is told has a bounded length and is UTF-8");
    promise(!inspection_json(inspection).dump().empty(), "what is told is JSON");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_config)
