// Where a step's responses come from, students from a config alone, and layers that are computed twice.
#include <cmath>

#include "tests/core/base/error_of.h"
#include "tests/core/distillation/small_run.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

struct Ended {
  std::vector<Json> steps;
  std::map<std::string, std::string> weights;

  bool operator==(const Ended&) const = default;
};

/// Steps without their times, and the last weights; stopped and gone on with after `stop_after` steps.
Ended run_of(const RunSpec& spec, const fs::path& folder, std::int64_t stop_after = 0) {
  SilentProgress silent;
  Recorder first(folder, stop_after), then(folder);
  Distiller distiller(spec, silent);
  const DistillEnd end = distiller.run(first.hooks(), first.token());
  Ended ended{first.events("step"), {}};
  if (stop_after > 0) {
    REQUIRE(end == DistillEnd::stopped);
    Distiller again(spec, silent);
    again.restore(first.checkpoint(stop_after));
    REQUIRE(again.run(then.hooks(), {}) == DistillEnd::finished);
    for (const Json& step : then.events("step"))
      ended.steps.push_back(step);
  }
  for (Json& step : ended.steps)
    step.erase("tokens_per_second");
  ended.weights = tensor_bytes(first.checkpoint(distiller.steps()) / "model.safetensors");
  return ended;
}

RunSpec sampling_spec(const SmallRun& small, RunSpec::Policy policy) {
  RunSpec spec = small.spec();
  spec.data.policy = policy;
  spec.sampling.max_new_tokens = 12;
  spec.objective.name = "rkl";
  spec.schedule.steps = 6;
  return spec;
}

int steps_from(const Ended& ended, const std::string& source) {
  int count = 0;
  for (const Json& step : ended.steps)
    count += step["source"] == source ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("distillation: on the student's own responses, and going on samples the same") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = sampling_spec(small, RunSpec::Policy::on_policy);
  const Ended whole = run_of(spec, small.folder() / "whole");
  CHECK(steps_from(whole, "student") == 6);
  CHECK(run_of(spec, small.folder() / "parts", 3) == whole);
  for (const Json& step : whole.steps)
    CHECK(step["scored_tokens"] <= 4 * 12);
  spec.data.student_share = 0.5;
  spec.schedule.steps = 20;
  const Ended mixed = run_of(spec, small.folder() / "mixed");
  CHECK(steps_from(mixed, "student") + steps_from(mixed, "data") == 20);
  CHECK(steps_from(mixed, "student") > 3);
  CHECK(steps_from(mixed, "data") > 3);
}

TEST_CASE("distillation: on the teacher's responses, which stay the same over epochs and restarts") {
  const SmallRun small("llama-gqa", "llama-mha-untied");
  RunSpec spec = sampling_spec(small, RunSpec::Policy::seqkd);
  spec.batch.accumulation = 6;  // an epoch in each step
  spec.data.shuffle = false;
  const Ended whole = run_of(spec, small.folder() / "whole");
  CHECK(steps_from(whole, "teacher") == 6);
  for (const Json& step : whole.steps) {
    CHECK(step["scored_tokens"] == whole.steps.front()["scored_tokens"]);
    CHECK(step["teacher_entropy"].get<double>() ==
          Approx(whole.steps.front()["teacher_entropy"].get<double>()).epsilon(1e-6));
  }
  CHECK(run_of(spec, small.folder() / "parts", 4) == whole);
}

TEST_CASE("distillation: eopd takes its threshold from the batch where a quantile is asked for") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.objective.name = "eopd";
  spec.objective.h_max_quantile = 0.75;
  spec.batch.size = 12;
  spec.batch.accumulation = 1;
  spec.schedule.steps = 2;
  for (const Json& step : run_of(spec, small.folder() / "run").steps) {
    CHECK(step["coverage"].get<double>() == Approx(0.25).margin(0.02));
    CHECK(step["h_max"].get<double>() > 0);
  }
  spec.objective.h_max_quantile.reset();
  spec.objective.parameters = {"h_max=100"};
  for (const Json& step : run_of(spec, small.folder() / "fixed").steps)
    CHECK(step["coverage"] == 0);
}

TEST_CASE("distillation: layers computed a second time give the same bits") {
  for (const auto& [student, teacher] :
       {std::pair{"gpt2-tied", "gpt2-untied"}, {"llama-gqa", "llama-mha-untied"}}) {
    for (const char* dtype : {"float32", "bfloat16"}) {
      INFO(student << " " << dtype);
      const SmallRun small(student, teacher);
      RunSpec spec = small.spec();
      spec.dtype = dtype;
      spec.schedule.steps = 3;
      const Ended kept = run_of(spec, small.folder() / "kept");
      spec.student.gradient_checkpointing = true;
      CHECK(run_of(spec, small.folder() / "again") == kept);
    }
  }
}

TEST_CASE("distillation: a student from its config alone, decided by the seed") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.student.path.clear();
  spec.student.init = small.student() / "config.json";
  spec.optimizer.learning_rate = 3e-3;
  SilentProgress silent;
  const auto hash = [&](std::uint64_t seed) {
    RunSpec seeded = spec;
    seeded.seed = seed;
    return Distiller(seeded, silent).controls()["initial_weights"];
  };
  CHECK(hash(0) == hash(0));
  CHECK(hash(0) != hash(1));
  Recorder recorder(small.folder() / "run");
  Distiller distiller(spec, silent);
  REQUIRE(distiller.run(recorder.hooks(), {}) == DistillEnd::finished);
  const auto steps = recorder.events("step");
  CHECK(steps.back()["loss"] < steps.front()["loss"]);
  CHECK(fs::exists(recorder.checkpoint(10) / "tokenizer.json"));

  spec.optimizer.learning_rate = 1e-30;  // what it began with
  spec.schedule.steps = 1;
  Recorder first(small.folder() / "first");
  Distiller(spec, silent).run(first.hooks(), {});
  const auto deviation = [](const std::vector<float>& values) {
    double squares = 0;
    for (const float value : values)
      squares += double{value} * value;
    return std::sqrt(squares / static_cast<double>(values.size()));
  };
  auto weights = tensor_values(first.checkpoint(1) / "model.safetensors");
  const double range = read_json_file(spec.student.init).value("initializer_range", 0.02);
  CHECK(deviation(weights["transformer.wte.weight"]) == Approx(range).epsilon(0.1));
  CHECK(deviation(weights["transformer.h.0.mlp.c_fc.weight"]) == Approx(range).epsilon(0.1));
  CHECK(deviation(weights["transformer.h.0.mlp.c_proj.weight"]) == Approx(range / 2).epsilon(0.1));
  CHECK(deviation(weights["transformer.h.1.ln_1.weight"]) == 1);
  CHECK(deviation(weights["transformer.h.1.attn.c_attn.bias"]) < 1e-20);
}
