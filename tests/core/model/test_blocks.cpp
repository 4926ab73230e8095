// Promises of the blocks that logits alone do not show: weights stay in the mapped file, and gradients flow.
// REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/tensor.h>

#include <limits>

#include "core/model/decoder.h"
#include "core/model/runtime.h"
#include "tests/core/base/error_of.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct Loaded {
  std::shared_ptr<const Checkpoint> checkpoint;
  DecoderConfig config;
  DecoderWeights weights;
};

Loaded load(const std::string& golden, at::ScalarType type) {
  Loaded loaded;
  loaded.checkpoint = Checkpoint::open(golden_model(golden).folder);
  loaded.config = read_decoder_config(*loaded.checkpoint);
  loaded.weights = load_weights(*loaded.checkpoint, loaded.config, type, at::kCPU);
  return loaded;
}

/// Sum of the logits of two sequences of one batch, each times a fixed random number.
at::Tensor weighted_logits(const Decoder& decoder, const at::Tensor& factors) {
  const at::Tensor ids = at::tensor(std::vector<std::int64_t>{5, 9, 33, 7, 5, 60, 2});
  const at::Tensor positions = at::tensor(std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 2});
  const at::Tensor lengths = at::tensor(std::vector<std::int64_t>{4, 4, 4, 4, 3, 3, 3});
  PackedAttention attention({4, 3});
  const at::Tensor logits = decoder.logits(decoder.hidden({ids, positions, lengths}, attention));
  return factors.defined() ? (logits * factors).sum() : logits;
}

}  // namespace

TEST_CASE("weights of the wanted type are used in place, in the mapped file") {
  for (const char* name : {"gpt2-tied", "llama-gqa", "opt-pre-norm", "qwen3-tied"}) {
    Loaded loaded = load(name, at::kFloat);
    const DecoderNames names = names_in(*loaded.checkpoint, loaded.config);
    std::int64_t tensors = 0;
    visit_parameters(loaded.config, names, loaded.weights, [&](const auto& slot) {
      INFO(slot.name);
      const TensorEntry* entry = loaded.checkpoint->find(slot.name);
      REQUIRE(entry != nullptr);
      REQUIRE(slot.tensor.const_data_ptr() == static_cast<const void*>(entry->bytes.data()));
      ++tensors;
    });
    REQUIRE(tensors >= 20);
  }
  const Loaded wide = load("llama-mqa-bf16", at::kFloat);
  REQUIRE(wide.weights.token_embedding.scalar_type() == at::kFloat);
}

TEST_CASE("tensors keep the file mapped after the checkpoint is gone") {
  const GoldenModel golden = golden_model("gpt2-untied");
  Loaded loaded = load("gpt2-untied", at::kFloat);
  const at::Tensor embedding = loaded.weights.token_embedding;
  const double before = embedding.abs().sum().item<double>();
  loaded = {};
  REQUIRE(embedding.abs().sum().item<double>() == before);
}

TEST_CASE("gradients flow through the same blocks, and are those of finite differences") {
  for (const char* name :
       {"gpt2-inner-scaled", "gpt2-unscaled-gelu", "llama-biases", "llama-rope-llama3", "llama-rope-yarn",
        "opt-bare-parts", "opt-no-final-norm", "mistral-window-2", "qwen3-tied"}) {
    INFO(name);
    Loaded loaded = load(name, at::kFloat);
    at::manual_seed(20);
    at::Tensor factors;
    {
      const Decoder decoder(loaded.config, loaded.weights);
      factors = at::randn_like(weighted_logits(decoder, {}));
    }
    // One direction through all parameters at once; each tensor must get a gradient of its own.
    std::vector<at::Tensor> parameters, directions;
    const DecoderNames names = names_in(*loaded.checkpoint, loaded.config);
    visit_parameters(loaded.config, names, loaded.weights, [&](const auto& slot) {
      slot.tensor = slot.tensor.clone().set_requires_grad(true);
      parameters.push_back(slot.tensor);
      directions.push_back(at::randn_like(slot.tensor.detach()));
    });
    REQUIRE(parameters.size() >= 16);
    if (loaded.config.tied_head) loaded.weights.head = loaded.weights.token_embedding;
    weighted_logits(Decoder(loaded.config, loaded.weights), factors).backward();

    double slope = 0.0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      REQUIRE(parameters[i].grad().defined());
      REQUIRE(parameters[i].grad().abs().sum().item<double>() > 0.0);
      slope += (parameters[i].grad() * directions[i]).sum().item<double>();
    }
    // Central differences: error step^2 from the third derivative, 1e-7 |f| / step from float32; balanced
    // near 1e-3.
    constexpr double step_size = 1e-3;
    const auto shifted = [&](double step) {
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        const at::Tensor data = parameters[i].detach();  // shares memory
        data.add_(directions[i], step);
      }
      return weighted_logits(Decoder(loaded.config, loaded.weights), factors).item<double>();
    };
    const double above = shifted(step_size), below = shifted(-2.0 * step_size);
    REQUIRE((above - below) / (2.0 * step_size) == Approx(slope).epsilon(0.02));
  }
}

TEST_CASE("a windowed plan of several blocks equals the whole masked softmax") {
  // Lengths around the plan's blocks of 512 queries, windows around them too; the oracle is in float64.
  at::manual_seed(7);
  for (const std::int64_t length : {5, 511, 512, 513, 1300}) {
    const at::Tensor query = at::randn({length, 4, 8}) * 3, key = at::randn({length, 2, 8});
    const at::Tensor value = at::randn({length, 2, 8});
    for (const std::int64_t window : {1, 3, 511, 512, 513, 1299, 1300, 5000}) {
      INFO(length << " tokens, window " << window);
      PackedAttention attention({length});
      const at::Tensor got = attention.attend(0, query, key, value, {0.5, window});

      const auto wide = [](const at::Tensor& x, std::int64_t repeats) {  // (heads, length, size)
        return x.to(at::kDouble).repeat_interleave(repeats, 1).transpose(0, 1);
      };
      const at::Tensor at_row = at::arange(length).view({-1, 1}),
                       at_column = at::arange(length).view({1, -1});
      const at::Tensor hidden = (at_column > at_row).logical_or(at_column <= at_row - window);
      const at::Tensor scores = (wide(query, 1).matmul(wide(key, 2).transpose(1, 2)) * 0.5)
                                    .masked_fill(hidden, -std::numeric_limits<double>::infinity());
      const at::Tensor expected =
          scores.softmax(-1).matmul(wide(value, 2)).transpose(0, 1).reshape({length, -1});
      REQUIRE((got.to(at::kDouble) - expected).abs().max().item<double>() < 1e-5);

      // Two further passes over a cache of the same tokens: the last 300 (or 2) at once, and the last alone.
      const std::int64_t last = length > 300 ? 300 : 2;
      DecoderConfig config;
      config.layers = 1;
      config.kv_heads = 2;
      config.head_size = 8;
      LayeredCache cache(config, 1, at::kFloat, at::kCPU);
      for (const std::int64_t steps : {length - last, last - 1, std::int64_t{1}}) {
        const std::int64_t first = cache.length(0);
        cache.reserve(first + steps);
        CachedAttention cached(cache, {{0, steps}});
        const at::Tensor part = cached.attend(0, query.narrow(0, first, steps), key.narrow(0, first, steps),
                                              value.narrow(0, first, steps), {0.5, window});
        cache.advance(0, steps);
        REQUIRE((part.to(at::kDouble) - expected.narrow(0, first, steps)).abs().max().item<double>() < 1e-5);
      }
    }
  }
}

TEST_CASE("LibTorch's errors become the project's: memory that ran out, and anything else") {
  const Error memory = error_of([] {
    run_inference("a test", [] { return at::empty({std::int64_t{1} << 50}); });  // beyond any address space
  });
  REQUIRE(memory.kind() == ErrorKind::exhausted);
  const Error failure = error_of([] { run_inference("a test", [] { return at::empty({2, 3}).view({4}); }); });
  REQUIRE(failure.kind() == ErrorKind::failed);
  REQUIRE(failure.problem().find("a test") != std::string::npos);
  REQUIRE(std::string(failure.what()).find("frame #") == std::string::npos);  // no backtrace for the user
}

TEST_CASE("threads: as asked for, and as many as the machine has by default") {
  use_threads(1);
  REQUIRE(at::get_num_threads() == 1);
  use_threads(3);
  REQUIRE(at::get_num_threads() == 3);
  use_threads(0);
  REQUIRE(at::get_num_threads() >= 1);
  use_threads(1);
}
