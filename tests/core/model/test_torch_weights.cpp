// Checkpoints of torch.save are loaded as those of safetensors are (tests/golden/torch/make.py).
#include <algorithm>

#include "core/checkpoint/checkpoint.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// The same model with its tensors in model.safetensors.
void convert(const fs::path& from, const fs::path& to) {
  const auto checkpoint = Checkpoint::open(from);
  std::vector<TensorToWrite> tensors;
  for (const auto& file : checkpoint->files())
    for (const TensorEntry& entry : file->tensors())
      tensors.push_back({entry.name, entry.type, entry.shape, entry.bytes});
  write_safetensors(to / "model.safetensors", tensors);
  fs::copy_file(from / "config.json", to / "config.json");
}

}  // namespace

TEST_CASE("a model in pytorch_model.bin, or in its shards, gives transformers' logits") {
  for (const std::string name : {"gpt2", "llama"}) {
    INFO(name);
    const fs::path folder = source_path("tests/golden/torch") / name;
    const GoldenSequence expected = read_reference(folder / "expected.safetensors");
    const auto model = load_model(folder);
    const std::vector<float> logits = sequence_logits(*model, expected.ids);
    CHECK(largest_difference(logits, expected.logits) < 1e-5F * largest_magnitude(expected.logits));
    CHECK(model->config().tied_head == (name == "gpt2"));

    const TemporaryFolder converted;
    convert(folder, converted.path());
    CHECK(sequence_logits(*load_model(converted.path()), expected.ids) == logits);
  }
}
