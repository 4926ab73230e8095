// Models whose weights are trained: the forward pass is that of the loaded model, and autograd reaches every
// parameter. REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include <ATen/ATen.h>

#include "core/distillation/trainable_model.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;
using at::Tensor;

namespace {

TrainableModel trainable(const std::filesystem::path& folder, at::ScalarType compute = at::kFloat) {
  return TrainableModel::load(*Checkpoint::open(folder), compute, at::Device(at::kCPU));
}

Tensor logits_of(const TrainableModel& model, const std::vector<std::vector<std::int32_t>>& batch) {
  std::vector<std::int64_t> lengths;
  for (const auto& ids : batch)
    lengths.push_back(static_cast<std::int64_t>(ids.size()));
  PackedAttention attention(lengths);
  const Decoder decoder = model.decoder();
  return decoder.logits(decoder.hidden(packed_rows(batch, model.device()), attention));
}

}  // namespace

TEST_CASE("trainable models: the pass is that of the loaded model, and every parameter has a gradient") {
  int models = 0;
  for (const GoldenModel& golden : golden_models()) {
    INFO(golden.folder.string());
    const TrainableModel model = trainable(golden.folder);
    const auto loaded = load_model(golden.folder);
    std::vector<std::vector<std::int32_t>> batch;
    for (const GoldenSequence& sequence : golden.sequences)
      batch.push_back(sequence.ids);
    const Tensor logits = logits_of(model, batch);
    std::int64_t row = 0;
    for (const auto& ids : batch) {
      const auto expected = sequence_logits(*loaded, ids);
      const auto rows = static_cast<std::int64_t>(ids.size());
      const Tensor found = logits.detach().narrow(0, row, rows).contiguous();
      REQUIRE(largest_difference({found.const_data_ptr<float>(), expected.size()}, expected) <
              1e-5F * largest_magnitude(expected));
      row += rows;
    }
    logits.square().mean().backward();
    for (const TrainedTensor& tensor : model.tensors()) {
      INFO(tensor.name);
      REQUIRE(tensor.value.is_leaf());
      REQUIRE(tensor.value.is_contiguous());
      REQUIRE(tensor.value.grad().defined());
      REQUIRE(at::isfinite(tensor.value.grad()).all().item<bool>());
    }
    ++models;
  }
  REQUIRE(models > 20);
}

TEST_CASE("trainable models: names and shapes are the file's, a tied head is one tensor") {
  const auto folder = golden_model("gpt2-tied").folder;
  const TrainableModel model = trainable(folder);
  const auto checkpoint = Checkpoint::open(folder);
  for (const TrainedTensor& tensor : model.tensors()) {
    INFO(tensor.name);
    const TensorEntry* entry = checkpoint->find(tensor.name);
    REQUIRE(entry != nullptr);
    REQUIRE(tensor.value.sizes().vec() == entry->shape);
    REQUIRE(std::memcmp(tensor.value.const_data_ptr(), entry->bytes.data(), entry->bytes.size()) == 0);
  }
  REQUIRE(model.head().is_same(model.tensors().front().value));
  const TrainableModel untied = trainable(golden_model("gpt2-untied").folder);
  REQUIRE(untied.tensors().back().name == "lm_head.weight");
}

TEST_CASE("trainable models: bfloat16 passes move float32 weights") {
  const TrainableModel model = trainable(golden_model("llama-gqa").folder, at::kBFloat16);
  const std::vector<std::vector<std::int32_t>> batch{{1, 2, 3, 4, 5, 6}};
  const Decoder decoder = model.decoder();
  REQUIRE(decoder.type() == at::kBFloat16);
  const Tensor logits = logits_of(model, batch);
  REQUIRE(logits.scalar_type() == at::kFloat);
  logits.square().mean().backward();
  for (const TrainedTensor& tensor : model.tensors()) {
    INFO(tensor.name);
    REQUIRE(tensor.value.scalar_type() == at::kFloat);
    REQUIRE(tensor.value.grad().scalar_type() == at::kFloat);
  }
  const Tensor exact = logits_of(trainable(golden_model("llama-gqa").folder), batch);
  const double apart = (logits - exact).abs().max().item<double>() / exact.abs().max().item<double>();
  REQUIRE(apart < 0.05);
  REQUIRE(apart > 0);
}
