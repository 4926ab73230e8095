// What a run does and says beside its steps' numbers.
#include <cmath>

#include "kernels/objective.h"
#include "tests/core/base/error_of.h"
#include "tests/core/distillation/small_run.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::vector<Json> steps_of(const RunSpec& spec, const SmallRun& small,
                           DistillEnd end = DistillEnd::finished) {
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller distiller(spec, silent);
  REQUIRE(distiller.run(recorder.hooks(), {}) == end);
  return recorder.events("step");
}

}  // namespace

TEST_CASE("distillation: cross entropy alone needs no teacher") {
  const SmallRun small("llama-gqa", "llama-mha-untied");
  RunSpec spec = small.spec();
  spec.teacher.path.clear();
  spec.objective.name = "ce";
  spec.probe.every = 1;
  const auto steps = steps_of(spec, small);
  REQUIRE(steps.size() == 10);
  CHECK(steps.back()["loss"] < steps.front()["loss"]);
  for (const Json& step : steps) {
    CHECK(step["loss"].get<double>() == Approx(step["cross_entropy"].get<double>()).epsilon(1e-6));
    CHECK(step["teacher_entropy"].is_null());
    CHECK(step["top1_agree"].is_null());
    CHECK(step["student_entropy"].get<double>() > 0);
  }
}

TEST_CASE("distillation: every objective of the registry trains") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  for (const Objective& objective : kernel_objectives()) {
    INFO(objective.text.name);
    RunSpec spec = small.spec();
    spec.objective.name = objective.text.name;
    spec.schedule.steps = 12;
    spec.optimizer.learning_rate = 3e-3;
    spec.data.shuffle = false;
    const SmallRun fresh("gpt2-tied", "gpt2-untied");
    const auto steps = steps_of(spec, fresh);
    CHECK(steps.back()["loss"] < steps[2]["loss"]);  // the same examples, three epochs later
  }
}

TEST_CASE("distillation: bfloat16 passes stay near the float32 run") {
  const SmallRun exact("llama-gqa", "llama-mha-untied"), rounded("llama-gqa", "llama-mha-untied");
  RunSpec spec = rounded.spec();
  spec.dtype = "bfloat16";
  const auto a = steps_of(exact.spec(), exact), b = steps_of(spec, rounded);
  const double loss = a.back()["loss"];
  CHECK(b.back()["loss"].get<double>() == Approx(loss).epsilon(0.05));
  CHECK(b.back()["loss"] != loss);
}

TEST_CASE("distillation: a loss that is not finite ends the run with the reason") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.optimizer.learning_rate = 1e30;
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller distiller(spec, silent);
  const Error error = error_of([&] { distiller.run(recorder.hooks(), {}); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.problem().find("not finite") != std::string::npos);
  CHECK(error.remedy_text().find("learning_rate") != std::string::npos);
}

TEST_CASE("distillation: a validation loss that gets no better ends the run early") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.data.validation = spec.data.train;
  spec.evaluation.every = 1;
  spec.evaluation.patience = 2;
  spec.optimizer.learning_rate = 1e-30;
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller distiller(spec, silent);
  CHECK(distiller.run(recorder.hooks(), {}) == DistillEnd::early);
  CHECK(recorder.events("step").size() == 3);
  CHECK(recorder.checkpoints() == std::vector<std::int64_t>{3});
  Distiller again(spec, silent);
  again.restore(recorder.checkpoint(3));
  CHECK(again.run(recorder.hooks(), {}) == DistillEnd::early);
  CHECK(recorder.events("step").size() == 3);
}

TEST_CASE("distillation: an evaluation gets the checkpoint of its step, and its event comes before") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.schedule.steps = 5;
  spec.evaluation.every = 2;
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  DistillHooks hooks = recorder.hooks();
  hooks.evaluate = [&](std::int64_t step, const std::filesystem::path& folder) {
    CHECK(std::filesystem::exists(folder / "tauscope_trainer.json"));
    CHECK((recorder.checkpoints().empty() || recorder.checkpoints().back() < step));
    return Json{{"rouge-l", 12.5}};
  };
  CHECK(Distiller(spec, silent).run(hooks, {}) == DistillEnd::finished);
  const auto evaluations = recorder.events("evaluation");
  REQUIRE(evaluations.size() == 3);
  CHECK(evaluations.back() == Json{{"event", "evaluation"}, {"step", 5}, {"rouge-l", 12.5}});
  CHECK(recorder.checkpoints() == std::vector<std::int64_t>{2, 4, 5});
}

TEST_CASE("distillation: probes have a row for each temperature") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.schedule.steps = 2;
  spec.probe.every = 2;
  spec.probe.tau = {0.5, 2};
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller(spec, silent).run(recorder.hooks(), {});
  const auto probes = recorder.events("probe");
  REQUIRE(probes.size() == 2);
  for (const Json& probe : probes) {
    REQUIRE(probe["tau"].size() == 2);
    CHECK(probe["tau"][1]["tau"] == 2);
    for (const char* column :
         {"fkl", "rkl", "fkl_grad_l2", "rkl_grad_l2", "grad_l2_ratio", "entropy_teacher"})
      CHECK(probe["tau"][1][column].get<double>() > 0);
    CHECK(std::abs(probe["tau"][1]["grad_cosine"].get<double>()) <= 1);
    CHECK(probe["tau"][1]["fkl_nd_share_l1"].get<double>() <= 1);
  }
}

TEST_CASE("distillation: how a step is cut into passes does not matter") {
  for (const RunSpec::Average average : {RunSpec::Average::token, RunSpec::Average::example}) {
    const SmallRun one("gpt2-tied", "gpt2-untied"), four("gpt2-tied", "gpt2-untied");
    RunSpec wide = one.spec(), narrow = four.spec();
    wide.objective.average = narrow.objective.average = average;
    wide.batch.size = 4;
    wide.batch.accumulation = 1;
    narrow.batch.size = 1;
    narrow.batch.accumulation = 4;
    const auto a = steps_of(wide, one), b = steps_of(narrow, four);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i]["loss"].get<double>() == Approx(b[i]["loss"].get<double>()).epsilon(1e-4));
      CHECK(a[i]["grad_norm"].get<double>() == Approx(b[i]["grad_norm"].get<double>()).epsilon(1e-3));
    }
    CHECK(a.front()["loss"].get<double>() == Approx(b.front()["loss"].get<double>()).epsilon(1e-6));
  }
}
