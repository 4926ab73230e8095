// A loop and its folder: stopped, broken and taken up again, the run ends as if nothing had happened.
#include "app/engine/distill_job.h"

#include "core/base/error.h"
#include "tests/app/runs/fake_loop.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::fake_parts;
using test::fake_spec;
using test::FakePlan;

namespace {

namespace fs = std::filesystem;

/// metrics.jsonl without what stopping adds: the checkpoint that keeps the state.
std::vector<Json> events_of(const fs::path& folder, bool with_checkpoints = true) {
  auto events = read_events(folder / "metrics.jsonl");
  if (!with_checkpoints)
    std::erase_if(events, [](const Json& event) { return event.at("event") == "checkpoint"; });
  return events;
}

std::vector<Json> undisturbed(bool with_checkpoints = true) {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  const auto outcome = run_distill(fake_spec(), folder / "run", false, {}, fake_parts({}), progress, {});
  CHECK(outcome.state == RunState::finished);
  return events_of(folder / "run", with_checkpoints);
}

}  // namespace

TEST_CASE("a run from start to end leaves its events, controls and checkpoints") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  const auto outcome = run_distill(fake_spec(), folder / "run", false, {{"command", {"tauscope"}}},
                                   fake_parts({}), progress, {});
  CHECK(outcome.state == RunState::finished);
  CHECK(outcome.step == 10);
  CHECK(outcome.controls.at("train") == "t");
  const RunRecord record = read_run(folder / "run");
  CHECK(record.about.at("command") == Json{"tauscope"});
  CHECK(record.status.state == RunState::finished);
  std::string kinds;
  for (const Json& event : outcome.events)
    kinds += event.at("event").get<std::string>().substr(0, 1);
  // step, validation, evaluation, checkpoint, finished
  CHECK(kinds ==
        "sss"
        "c"
        "s"
        "vec"
        "ss"
        "c"
        "ss"
        "vec"
        "s"
        "c"
        "s"
        "vec"
        "f");
  CHECK(distill_text(outcome).find("loss 0.2, validation loss 0.4 at step 10, rouge-l 20") !=
        std::string::npos);
}

TEST_CASE("a dry run loads everything and writes nothing") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  const auto outcome = run_distill(fake_spec(), folder / "run", true, {}, fake_parts({}), progress, {});
  CHECK(outcome.state == RunState::created);
  CHECK(outcome.steps == 10);
  CHECK_FALSE(fs::exists(folder / "run"));
}

TEST_CASE("stopped within any step and taken up again, the run is the undisturbed one") {
  for (std::int64_t step = 1; step <= 9; ++step) {
    INFO("stopped in step " << step);
    const test::TemporaryFolder folder;
    SilentProgress progress;
    std::stop_source stop;
    FakePlan plan;
    plan.stops_in_step = &stop;
    plan.stop_step = step;
    const auto first =
        run_distill(fake_spec(), folder / "run", false, {}, fake_parts(plan), progress, stop.get_token());
    CHECK(first.state == RunState::stopped);
    CHECK(read_run(folder / "run").status.state == RunState::stopped);
    CHECK(distill_text(first).find("--resume") != std::string::npos);
    const auto second = resume_distill(folder / "run", fake_parts({}), progress, {});
    CHECK(second.state == RunState::finished);
    CHECK(events_of(folder / "run", false) == undisturbed(false));
  }
}

TEST_CASE("an evaluation that was stopped is made up for before the run goes on") {
  for (const std::int64_t step : {4, 8, 10}) {
    INFO("stopped in the evaluation of step " << step);
    const test::TemporaryFolder folder;
    SilentProgress progress;
    std::stop_source stop;
    FakePlan plan;
    plan.stops_in_evaluation = &stop;
    plan.stop_evaluation = step;
    const auto first =
        run_distill(fake_spec(), folder / "run", false, {}, fake_parts(plan), progress, stop.get_token());
    CHECK(first.state == RunState::stopped);
    CHECK(read_run(folder / "run").checkpoints.back().evaluation_pending);
    // Stopped once more, in the same place.
    std::stop_source again;
    plan.stops_in_evaluation = &again;
    CHECK(resume_distill(folder / "run", fake_parts(plan), progress, again.get_token()).state ==
          RunState::stopped);
    const auto last = resume_distill(folder / "run", fake_parts({}), progress, {});
    CHECK(last.state == RunState::finished);
    CHECK(events_of(folder / "run") == undisturbed());
    CHECK_FALSE(read_run(folder / "run").checkpoints.back().evaluation_pending);
  }
}

TEST_CASE("a run that broke says why, and can be gone on with") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  FakePlan plan;
  plan.fails_at = 8;
  CHECK_THROWS_AS(run_distill(fake_spec(), folder / "run", false, {}, fake_parts(plan), progress, {}),
                  std::runtime_error);
  const RunStatus status = read_run(folder / "run").status;
  CHECK(status.state == RunState::failed);
  CHECK(status.message == "the loop broke");
  CHECK(resume_distill(folder / "run", fake_parts({}), progress, {}).state == RunState::finished);
  CHECK(events_of(folder / "run") == undisturbed());
}

TEST_CASE("a finished run is told of, not run again") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  run_distill(fake_spec(), folder / "run", false, {}, fake_parts({}), progress, {});
  DistillParts none;
  const auto outcome = resume_distill(folder / "run", none, progress, {});
  CHECK(outcome.state == RunState::finished);
  CHECK(outcome.events == undisturbed());
}

TEST_CASE("a run does not go on with other data, nor start in a folder that holds one") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  FakePlan plan;
  plan.fails_at = 8;
  CHECK_THROWS(run_distill(fake_spec(), folder / "run", false, {}, fake_parts(plan), progress, {}));
  FakePlan other;
  other.train = "u";
  const Error error =
      test::error_of([&] { resume_distill(folder / "run", fake_parts(other), progress, {}); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.field_name() == "controls.train");
  DistillParts none;  // asked before anything is loaded
  CHECK(test::error_of([&] { run_distill(fake_spec(), folder / "run", false, {}, none, progress, {}); })
            .remedy_text()
            .find("--resume") != std::string::npos);
}
