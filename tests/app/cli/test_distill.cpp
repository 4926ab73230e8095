// Runs and sweeps as a user starts them, on the demo: a few steps each.
#include <fstream>
#include <set>

#include "core/base/json.h"
#include "core/runs/event_log.h"
#include "core/runs/run_record.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::run_program;
using test::RunOptions;
using test::with;

namespace {

namespace fs = std::filesystem;

/// The demo's spec, small enough for a test.
std::vector<std::string> small(const std::string& command, int steps, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{command, "--spec", "assets/demo/temperature.toml"};
  for (const std::string& setting :
       {"schedule.steps=" + std::to_string(steps), std::string("schedule.warmup_steps=0"),
        std::string("batch.size=2"), std::string("data.limit=20"), std::string("evaluation.limit=3"),
        std::string("evaluation.max_new_tokens=4"), std::string("probe.limit=2"), std::string("device=cpu")})
    arguments.insert(arguments.end(), {"--set", setting});
  return with(arguments, more);
}

/// Steps without what clocks say.
std::vector<Json> steps_of(const fs::path& run) {
  std::vector<Json> steps;
  for (Json event : read_events(run / "metrics.jsonl")) {
    if (event.at("event") != "step") continue;
    event.erase("tokens_per_second");
    steps.push_back(std::move(event));
  }
  return steps;
}

std::string weights(const fs::path& run, std::int64_t step) {
  return test::read_text(checkpoint_path(run, step) / "model.safetensors");
}

}  // namespace

TEST_CASE("a run on the demo leaves events, a checkpoint that answers, and scores") {
  const test::TemporaryFolder folder;
  const std::string out = (folder / "run").string();
  const auto run = run_program(small("distill", 4, {"--out", out, "--json", "--set", "objective.name=rkl"}));
  INFO(run.err);
  REQUIRE(run.code == 0);
  const Json document = parse_json(run.out, "stdout");
  CHECK(document.at("format") == "tauscope-distill");
  CHECK(document.at("state") == "finished");
  CHECK(steps_of(out).size() == 4);
  const RunRecord record = read_run(out);
  CHECK(record.spec.objective.name == "rkl");
  CHECK(record.controls.at("data_order").get<std::string>().size() == 64);
  REQUIRE(record.checkpoints.size() == 1);
  const Json evaluation = last_event(read_events(folder / "run" / "metrics.jsonl"), "evaluation");
  CHECK(evaluation.at("metrics").at("rouge-l").at("mean").is_number());
  CHECK(fs::exists(folder / "run" / "eval" / "valid" / "scores.csv"));
  const auto inspected = run_program({"inspect", record.checkpoints[0].folder.string()});
  CHECK(inspected.code == 0);
  CHECK(inspected.out.find("can be loaded") != std::string::npos);

  const auto again = run_program(small("distill", 4, {"--out", out}));
  CHECK(again.code == 1);
  CHECK(again.err.find("--resume") != std::string::npos);
  CHECK(run_program({"distill", "--resume", out}).code == 0);
}

TEST_CASE("interrupted and resumed, a run has the weights of one that was not") {
  const test::TemporaryFolder folder;
  const std::string whole = (folder / "whole").string(), parts = (folder / "parts").string();
  REQUIRE(run_program(small("distill", 40, {"--out", whole, "--quiet"})).code == 0);
  RunOptions interrupt;
  interrupt.interrupt_after_milliseconds = 1500;
  auto run = run_program(small("distill", 40, {"--out", parts, "--quiet"}), interrupt);
  INFO(run.err);
  if (run.code == 130 && is_run_folder(parts)) {
    CHECK(read_run(parts).status.state == RunState::stopped);
    run = run_program({"distill", "--resume", parts, "--quiet"});
  } else if (run.code == 130) {  // before the run began: nothing was written
    run = run_program(small("distill", 40, {"--out", parts, "--quiet"}));
  }
  CHECK(run.code == 0);
  CHECK(steps_of(parts) == steps_of(whole));
  CHECK(weights(parts, 40) == weights(whole, 40));
}

TEST_CASE("a sweep compares its runs, alone and in processes of their own") {
  const test::TemporaryFolder folder;
  const std::vector<std::string> cells{"--set", "sweep.objective.tau=[1, 4]", "--set", "sweep.seed=[0, 1]"};
  const fs::path one = folder / "one", two = folder / "two";
  const auto alone =
      run_program(small("sweep", 2, with(cells, {"--out", one.string(), "--resamples", "100"})));
  INFO(alone.err);
  REQUIRE(alone.code == 0);
  CHECK(alone.out.find("controls: identical within every training seed") != std::string::npos);
  CHECK(alone.out.find("rkl@4") != std::string::npos);
  const auto parallel = run_program(
      small("sweep", 2, with(cells, {"--out", two.string(), "--resamples", "100", "--jobs", "2"})));
  INFO(parallel.err);
  REQUIRE(parallel.code == 0);
  CHECK(list_runs(one / "runs").size() == 8);
  for (const fs::path& run : list_runs(one / "runs"))
    CHECK(read_run(two / "runs" / run.filename()).spec_sha256 == read_run(run).spec_sha256);
  for (const char* name : {"summary.csv", "losses.md", "gradients.tex", "runs.csv", "controls.csv"})
    CHECK(fs::file_size(two / "tables" / name) > 50);
  const auto compared = run_program({"compare", (one / "runs" / "fkl@1_seed_0").string(),
                                     (one / "runs" / "rkl@4_seed_0").string(), "--resamples", "100"});
  INFO(compared.err);
  CHECK(compared.code == 0);
  CHECK(compared.out.find("rkl@4 seed 0") != std::string::npos);
  CHECK(compared.err.find("differs: objective.tau: fkl@1 seed 0 1.0, rkl@4 seed 0 4.0") != std::string::npos);
}

TEST_CASE("what distill and sweep refuse, and how they say so") {
  const test::TemporaryFolder folder;
  const std::string spec = (folder / "spec.toml").string();
  test::write_text(spec, "[data]\ntrian = \"x\"\n");
  const auto unknown = run_program({"distill", "--spec", spec, "--out", (folder / "run").string()});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("spec.toml:2: data.trian: there is no such key") != std::string::npos);
  CHECK(unknown.err.find("perhaps data.train") != std::string::npos);
  CHECK(run_program({"distill"}).code == 2);
  CHECK(run_program({"distill", "--resume", folder.path().string()}).code == 3);
  CHECK(run_program(small("distill", 2, {"--set", "evaluation.metric=rogue"})).code == 2);
  CHECK(run_program(small("sweep", 2, {"--set", "sweep.seed=3"})).code == 2);
  const auto missing = run_program(
      small("distill", 2, {"--set", "teacher.path=/nowhere", "--out", (folder / "run").string()}));
  CHECK(missing.code == 3);
  CHECK_FALSE(fs::exists(folder / "run"));
  const auto keys = run_program({"distill", "--keys"});
  CHECK(keys.code == 0);
  CHECK(keys.out.find("learning_rate = 0.0005") != std::string::npos);
  const auto dry = run_program(small("sweep", 2, {"--dry-run"}));
  CHECK(dry.code == 0);
  CHECK(dry.out.find("12 runs; baseline fkl@1") != std::string::npos);
}
