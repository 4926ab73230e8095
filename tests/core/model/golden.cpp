#include "tests/core/model/golden.h"

#include <algorithm>
#include <limits>

namespace tauscope::test {

namespace fs = std::filesystem;

namespace {

std::vector<std::int32_t> read_ids(const TensorEntry& entry) {
  REQUIRE(entry.type == TensorType::I64);
  std::vector<std::int64_t> wide(static_cast<std::size_t>(entry.elements()));
  std::memcpy(wide.data(), entry.bytes.data(), entry.bytes.size());
  return {wide.begin(), wide.end()};
}

std::vector<float> read_floats(const TensorEntry& entry) {
  REQUIRE(entry.type == TensorType::F32);
  std::vector<float> values(static_cast<std::size_t>(entry.elements()));
  std::memcpy(values.data(), entry.bytes.data(), entry.bytes.size());
  return values;
}

const TensorEntry& entry_of(const SafetensorsFile& file, const std::string& name) {
  const TensorEntry* entry = file.find(name);
  INFO(file.path() << ": " << name);
  REQUIRE(entry != nullptr);
  return *entry;
}

GoldenModel read_golden(const fs::path& folder) {
  GoldenModel model{folder, {}};
  const auto file = SafetensorsFile::open(folder / "expected.safetensors");
  for (int i = 0; file->find("ids_" + std::to_string(i)) != nullptr; ++i) {
    const std::string number = std::to_string(i);
    model.sequences.push_back({read_ids(entry_of(*file, "ids_" + number)),
                               read_floats(entry_of(*file, "logits_" + number)),
                               read_ids(entry_of(*file, "greedy_" + number)),
                               {}});
    if (const TensorEntry* steps = file->find("steps_" + number))
      model.sequences.back().steps = read_floats(*steps);
  }
  REQUIRE(model.sequences.size() >= 2);
  return model;
}

}  // namespace

std::vector<GoldenModel> golden_models() {
  std::vector<GoldenModel> models;
  for (const auto& entry : fs::directory_iterator(source_path("tests/golden/model")))
    if (entry.is_directory()) models.push_back(read_golden(entry.path()));
  std::sort(models.begin(), models.end(), [](const auto& a, const auto& b) { return a.folder < b.folder; });
  REQUIRE(models.size() >= 45);
  return models;
}

GoldenModel golden_model(const std::string& name) {
  return read_golden(source_path("tests/golden/model") / name);
}

GoldenSequence read_reference(const fs::path& path) {
  const auto file = SafetensorsFile::open(path);
  return {read_ids(entry_of(*file, "ids")), read_floats(entry_of(*file, "logits")), {}, {}};
}

std::unique_ptr<CausalLM> load_model(const fs::path& folder, DType dtype) {
  ModelOptions options;
  options.device = "cpu";
  options.dtype = dtype;
  options.threads = 1;  // models of this size only lose time to threads
  return CausalLM::load(*Checkpoint::open(folder), options);
}

float largest_magnitude(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values)
    largest = std::max(largest, std::abs(value));
  return largest;
}

float largest_difference(std::span<const float> a, std::span<const float> b) {
  REQUIRE(a.size() == b.size());
  float largest = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    if (!std::isfinite(difference)) return std::numeric_limits<float>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}

}  // namespace tauscope::test
