// Runs that are stopped and go on, checkpoints, and what proves that two runs had the same controls.
#include <fstream>

#include "core/model/causal_lm.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/core/base/error_of.h"
#include "tests/core/distillation/small_run.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// Everything that a run says, but for its speed.
std::vector<Json> without_times(std::vector<Json> events) {
  for (Json& event : events)
    event.erase("tokens_per_second");
  return events;
}

RunSpec full_spec(const SmallRun& small) {
  RunSpec spec = small.spec();
  spec.objective.name = "jsd";
  spec.objective.ce_weight = 0.25;
  spec.objective.tau = {TauSchedule::Kind::cosine, 4, 1};
  spec.batch.size = 3;
  spec.data.validation = spec.data.train;
  spec.evaluation.every = 3;
  spec.probe.every = 5;
  spec.probe.limit = 2;
  return spec;
}

Error failed_restore(const RunSpec& spec, const fs::path& checkpoint) {
  SilentProgress silent;
  Distiller distiller(spec, silent);
  return error_of([&] { distiller.restore(checkpoint); });
}

}  // namespace

TEST_CASE("distillation: four steps, a restart and six more equal ten, bit for bit") {
  for (const auto& [student, teacher] :
       {std::pair{"gpt2-tied", "gpt2-untied"}, {"llama-gqa", "llama-mha-untied"}}) {
    INFO(student);
    const SmallRun small(student, teacher);
    const RunSpec spec = full_spec(small);
    SilentProgress silent;
    Recorder whole(small.folder() / "whole");
    REQUIRE(Distiller(spec, silent).run(whole.hooks(), {}) == DistillEnd::finished);

    Recorder first(small.folder() / "parts", 4), then(small.folder() / "parts");
    REQUIRE(Distiller(spec, silent).run(first.hooks(), first.token()) == DistillEnd::stopped);
    REQUIRE(first.checkpoints() == std::vector<std::int64_t>{4});
    Distiller again(spec, silent);
    again.restore(first.checkpoint(4));
    REQUIRE(again.run(then.hooks(), {}) == DistillEnd::finished);

    std::vector<Json> events = first.events();
    events.insert(events.end(), then.events().begin(), then.events().end());
    CHECK(without_times(events) == without_times(whole.events()));
    CHECK(whole.events("step").size() == 10);
    CHECK(whole.events("validation").size() == 4);
    CHECK(whole.events("probe").size() == 3);
    for (const char* file : {"model.safetensors", "tauscope_trainer.safetensors"})
      CHECK(tensor_bytes(then.checkpoint(10) / file) == tensor_bytes(whole.checkpoint(10) / file));
  }
}

TEST_CASE("distillation: stopped before a validation, it is made up for") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  const RunSpec spec = full_spec(small);
  SilentProgress silent;
  Recorder first(small.folder() / "run", 3), then(small.folder() / "run");
  CHECK(Distiller(spec, silent).run(first.hooks(), first.token()) == DistillEnd::stopped);
  CHECK(first.events("validation").empty());
  Distiller again(spec, silent);
  again.restore(first.checkpoint(3));
  CHECK(again.run(then.hooks(), {}) == DistillEnd::finished);
  REQUIRE(then.events("validation").size() == 4);
  CHECK(then.events("validation").front()["step"] == 3);
  CHECK(then.events("step").front()["step"] == 4);
}

TEST_CASE("distillation: a checkpoint is a folder that loads, with the student's names and tokenizer") {
  const SmallRun small("gpt2-untied", "gpt2-tied");
  RunSpec spec = small.spec();
  spec.schedule.steps = 2;
  spec.checkpoint.every = 1;
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller(spec, silent).run(recorder.hooks(), {});
  CHECK(recorder.checkpoints() == std::vector<std::int64_t>{1, 2});
  const fs::path folder = recorder.checkpoint(2);
  const auto checkpoint = Checkpoint::open(folder);
  CHECK(checkpoint->remarks().empty());
  CHECK(checkpoint->config()["dtype"] == "float32");
  CHECK(checkpoint->config()["tie_word_embeddings"] == false);
  CHECK(checkpoint->tensor_names() == Checkpoint::open(small.student())->tensor_names());
  CHECK(CausalLM::load(*checkpoint, {})->remarks().empty());
  CHECK(load_tokenizer(folder)->encode("the cat", true) ==
        load_tokenizer(small.student())->encode("the cat", true));
  CHECK_FALSE(fs::exists(folder.string() + ".partial"));
}

TEST_CASE("distillation: checkpoints of other runs and damaged ones are refused") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  RunSpec spec = small.spec();
  spec.schedule.steps = 1;
  SilentProgress silent;
  Recorder recorder(small.folder() / "run");
  Distiller(spec, silent).run(recorder.hooks(), {});
  const fs::path folder = recorder.checkpoint(1);
  RunSpec other = spec;
  other.objective.name = "rkl";
  CHECK(failed_restore(other, folder).field_name() == "spec_sha256");
  CHECK(failed_restore(spec, small.student()).problem() ==
        "the folder is no checkpoint that a run can go on from");
  std::fstream file(folder / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('\x55');
  file.close();
  CHECK(failed_restore(spec, folder).file() == (folder / "model.safetensors").string());
}

TEST_CASE("distillation: runs that differ in their objective have the same controls") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  const RunSpec spec = small.spec();
  RunSpec objective = spec, seed = spec, schedule = spec;
  objective.objective.name = "rkl";
  objective.objective.tau = {TauSchedule::Kind::constant, 4, 4};
  seed.seed = 1;
  schedule.optimizer.learning_rate *= 2;
  SilentProgress silent;
  const auto controls = [&](const RunSpec& of) { return Distiller(of, silent).controls(); };
  const Json base = controls(spec);
  CHECK(base == controls(objective));
  for (const char* key :
       {"initial_weights", "data_order", "sequences", "schedule", "train", "tokenizer", "teacher"})
    CHECK(base[key].get<std::string>().size() == 64);
  CHECK(base["steps"] == 10);
  CHECK(base["examples"] == 12);
  CHECK(controls(seed)["data_order"] != base["data_order"]);
  CHECK(controls(seed)["initial_weights"] == base["initial_weights"]);
  CHECK(controls(schedule)["schedule"] != base["schedule"]);
}
