#include "tests/core/distillation/small_run.h"

#include <cstring>

#include "core/checkpoint/safetensors.h"
#include "core/model/runtime.h"

namespace tauscope::test {

namespace fs = std::filesystem;

SmallRun::SmallRun(const std::string& student, const std::string& teacher) {
  use_threads(1);  // of such models a second thread only waits
  for (const auto& [name, golden] : {std::pair{"student", student}, {"teacher", teacher}}) {
    const fs::path folder = folder_ / name;
    fs::copy(source_path("tests/golden/distillation/tokenizer"), folder);
    for (const char* file : {"config.json", "model.safetensors"})
      fs::copy_file(source_path("tests/golden/model/" + golden) / file, folder / file);
  }
}

RunSpec SmallRun::spec() const {
  RunSpec spec;
  spec.device = "cpu";
  spec.student.path = student();
  spec.teacher.path = folder_ / "teacher";
  spec.data.train = source_path("tests/golden/distillation/train.jsonl");
  spec.data.form_template = "none";
  spec.batch.size = 2;
  spec.batch.accumulation = 2;
  spec.schedule.steps = 10;
  spec.optimizer.learning_rate = 1e-3;
  spec.optimizer.epsilon = 1e-5;
  return spec;
}

DistillHooks Recorder::hooks() {
  DistillHooks hooks;
  hooks.event = [this](const Json& event) {
    events_.push_back(event);
    if (event["event"] == "step" && event["step"] == stop_after_) stop_.request_stop();
  };
  hooks.checkpoint_folder = [this](std::int64_t step) { return checkpoint(step); };
  hooks.checkpoint_written = [this](std::int64_t step, const fs::path& folder, std::optional<double>) {
    REQUIRE(fs::exists(folder / "model.safetensors"));
    checkpoints_.push_back(step);
  };
  return hooks;
}

std::vector<Json> Recorder::events(const std::string& kind) const {
  std::vector<Json> some;
  for (const Json& event : events_)
    if (event["event"] == kind) some.push_back(event);
  return some;
}

std::map<std::string, std::string> tensor_bytes(const fs::path& file) {
  std::map<std::string, std::string> all;
  const auto tensors = SafetensorsFile::open(file);
  for (const TensorEntry& entry : tensors->tensors())
    all[entry.name] = {reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()};
  REQUIRE_FALSE(all.empty());
  return all;
}

std::map<std::string, std::vector<float>> tensor_values(const fs::path& file) {
  std::map<std::string, std::vector<float>> all;
  for (const auto& [name, bytes] : tensor_bytes(file)) {
    all[name].resize(bytes.size() / sizeof(float));
    std::memcpy(all[name].data(), bytes.data(), bytes.size());
  }
  return all;
}

}  // namespace tauscope::test
