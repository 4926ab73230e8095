#include "core/checkpoint/shard_index.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {

/// No accepted name leads out of the folder.
Outcome run_shard_index(std::string_view bytes) {
  const MemoryFile memory(bytes);
  return outcome_of([&] {
    const ShardIndex index = ShardIndex::read(memory.path());
    promise(!index.shard_of.empty(), "an index names tensors");
    for (const std::string& shard : index.shards()) {
      const std::filesystem::path joined =
          (std::filesystem::path("/folder") / shard.c_str()).lexically_normal();
      promise(joined.parent_path() == "/folder" && joined.filename() == shard, "a shard lies in the folder");
    }
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_shard_index)
