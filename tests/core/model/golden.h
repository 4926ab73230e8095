// Golden models: tiny checkpoints, and what transformers computes from them
// (tests/golden/model/make_golden.py).
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/model/causal_lm.h"
#include "tests/support/catch.h"

namespace tauscope::test {

struct GoldenSequence {
  std::vector<std::int32_t> ids;
  std::vector<float> logits;         ///< (ids, vocab)
  std::vector<std::int32_t> greedy;  ///< continuation with a cache; empty where none was recorded
  std::vector<float> steps;  ///< logits token by token, where they are others than `logits`; else empty
};

struct GoldenModel {
  std::filesystem::path folder;
  std::vector<GoldenSequence> sequences;
};

/// All golden models, by name.
std::vector<GoldenModel> golden_models();
GoldenModel golden_model(const std::string& name);

/// `ids` and `logits` of a reference file of a real checkpoint.
GoldenSequence read_reference(const std::filesystem::path& file);

std::unique_ptr<CausalLM> load_model(const std::filesystem::path& folder, DType dtype = DType::float32);

float largest_magnitude(std::span<const float> values);
/// Not finite where any value is not.
float largest_difference(std::span<const float> a, std::span<const float> b);

}  // namespace tauscope::test
