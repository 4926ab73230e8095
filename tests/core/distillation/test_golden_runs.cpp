// Ten steps against a plain PyTorch loop (tests/golden/distillation/make_golden.py).
#include <cmath>

#include "tests/core/distillation/small_run.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

constexpr double tolerance = 1e-5;

RunSpec spec_of(const Json& run, const SmallRun& small) {
  RunSpec spec = small.spec();
  spec.data.shuffle = false;
  spec.objective.name = run["objective"];
  spec.objective.tau = {TauSchedule::Kind::constant, run["tau"], run["tau"]};
  spec.objective.tau_scaling = run["tau_scaling"] == "squared" ? TauScaling::squared : TauScaling::none;
  spec.objective.ce_weight = run["ce_weight"];
  spec.objective.average = run["average"] == "token" ? RunSpec::Average::token : RunSpec::Average::example;
  spec.batch.size = run["batch_size"];
  spec.batch.accumulation = run["accumulation"];
  spec.optimizer.learning_rate = run["learning_rate"];
  spec.optimizer.weight_decay = run["weight_decay"];
  spec.optimizer.epsilon = run["epsilon"];
  spec.optimizer.clip_norm = run["clip_norm"];
  spec.schedule.kind = run["schedule"] == "cosine" ? RunSpec::Decay::cosine : RunSpec::Decay::linear;
  spec.schedule.warmup_steps = run["warmup_steps"];
  spec.schedule.min_learning_rate = run["min_learning_rate"];
  return spec;
}

void compare_steps(const std::vector<Json>& found, const Json& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& [name, value] : expected[i].items()) {
      INFO("step " << i + 1 << ", " << name << ": " << found[i][name] << ", expected " << value);
      const double a = found[i][name], b = value;
      CHECK(std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)));
    }
  }
}

void compare_weights(const std::filesystem::path& found, const std::filesystem::path& expected) {
  auto ours = tensor_values(found);
  const auto theirs = tensor_values(expected);
  CHECK(ours.size() == theirs.size());
  for (const auto& [name, values] : theirs) {
    INFO(name);
    REQUIRE(ours[name].size() == values.size());
    double apart = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      apart = std::max(apart, std::abs(double{ours[name][i]} - double{values[i]}));
    CHECK(apart <= tolerance);
  }
}

}  // namespace

TEST_CASE("distillation: ten steps are those of a plain PyTorch loop, for GPT-2 and LLaMA") {
  for (const std::string name : {"gpt2-fkl", "llama-rkl"}) {
    INFO(name);
    const auto golden = source_path("tests/golden/distillation");
    const Json expected = read_json_file(golden / (name + ".json"));
    const SmallRun small(expected["run"]["student"], expected["run"]["teacher"]);
    SilentProgress silent;
    Distiller distiller(spec_of(expected["run"], small), silent);
    Recorder recorder(small.folder());
    REQUIRE(distiller.run(recorder.hooks(), {}) == DistillEnd::finished);
    compare_steps(recorder.events("step"), expected["steps"]);
    REQUIRE(recorder.checkpoints() == std::vector<std::int64_t>{10});
    compare_weights(recorder.checkpoint(10) / "model.safetensors", golden / (name + ".safetensors"));
  }
}
