// The folder of a run: what is written, what a crash at any moment leaves, who may work there.
#include "core/runs/run_dir.h"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>
#include <set>

#include "core/runs/read_spec.h"
#include "core/runs/run_record.h"
#include "tests/core/base/error_of.h"
#include "tests/core/runs/fake_run.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::FakeRun;

namespace {

namespace fs = std::filesystem;

/// Warnings, in order.
class Warnings final : public ProgressSink {
 public:
  std::vector<std::string> all;
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view text) override { all.emplace_back(text); }
  void note(std::string_view) override {}
};

/// Every byte of the last two lines; of the others the start, the second byte, the middle and the missing
/// end.
std::vector<std::size_t> torn_sizes(const std::string& text) {
  std::vector<std::size_t> sizes;
  const std::size_t lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  std::size_t start = 0;
  for (std::size_t line = 0; line < lines; ++line) {
    const std::size_t end = text.find('\n', start) + 1;
    for (std::size_t size = start; size < end; ++size) {
      const std::size_t at = size - start;
      if (line + 2 >= lines || at <= 1 || at == (end - start) / 2 || size + 1 == end) sizes.push_back(size);
    }
    start = end;
  }
  sizes.push_back(text.size());
  return sizes;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("a run's folder gives back everything that was put into it") {
  const test::TemporaryFolder folder;
  const FakeRun fake;
  const fs::path path = folder / "runs" / "a";
  {
    const auto run = RunDir::create(path, fake.spec(), {{"controls", {{"data_order", "abc"}}}});
    CHECK(read_run(path).status.state == RunState::created);
    CHECK(fake.go(*run));
  }
  const RunRecord record = read_run(path);
  CHECK(record.spec == spec_from_json(to_json(fake.spec()), ""));
  CHECK(record.controls == Json{{"data_order", "abc"}});
  CHECK(record.status.state == RunState::finished);
  CHECK(record.status.step == 10);
  CHECK(record.status.steps == 10);
  // The last two, and the best: step 4's loss is the lowest, but there is no checkpoint of step 4.
  CHECK(names_in(path / "checkpoints") == std::set<std::string>{"step-000006", "step-000009", "step-000010"});
  REQUIRE(record.checkpoints.size() == 3);
  CHECK(record.checkpoints[0].validation_loss == FakeRun::validation_loss(6));
  CHECK_FALSE(record.checkpoints[1].validation_loss);
  CHECK(best_checkpoint(record.checkpoints)->step == 6);
  const auto events = read_events(path / "metrics.jsonl");
  CHECK(events.size() == 10 + 2 + 5 + 4 + 1);
  CHECK(events.back().at("event") == "finished");
  CHECK(last_event(events, "validation").at("step") == 10);
  CHECK(last_event(events, "probe").is_null());
  CHECK(list_runs(folder / "runs") == std::vector<fs::path>{path});
}

TEST_CASE("whatever part of the events a crash left, going on gives the file of an undisturbed run") {
  FakeRun fake;
  fake.steps = 5;
  fake.checkpoint_every = 2;
  const std::string whole = fake.undisturbed();
  REQUIRE(std::count(whole.begin(), whole.end(), '\n') == 12);
  const test::TemporaryFolder folder;
  fake.go(*RunDir::create(folder / "whole", fake.spec(), {}));
  for (const std::size_t size : torn_sizes(whole)) {
    std::int64_t last_complete = 0;
    const fs::path path = folder / std::to_string(size);
    fs::copy(folder / "whole", path, fs::copy_options::recursive);
    // Checkpoints whose events the part does not hold were not there yet; one was being written.
    for (const RunCheckpoint& one : list_checkpoints(path)) {
      const std::string named = "\"checkpoints/step-" + one.folder.filename().string().substr(5) + "\"";
      const std::size_t event = whole.find(named);
      const bool there = event != whole.npos && whole.find('\n', event) < size;
      if (there) last_complete = one.step;
      if (!there) fs::remove(one.folder / "complete.json");
    }
    test::write_text(path / "metrics.jsonl", whole.substr(0, size));
    SilentProgress progress;
    const auto run = RunDir::resume(path, progress);
    REQUIRE((run->last_checkpoint() ? run->last_checkpoint()->step : 0) == last_complete);
    REQUIRE(fake.go(*run));
    INFO(size << " bytes");
    REQUIRE(test::read_text(path / "metrics.jsonl") == whole);
  }
}

TEST_CASE("killed at random moments, a run ends as if it had not been") {
  FakeRun fake;
  fake.steps = 60;
  fake.checkpoint_every = 4;
  const std::string whole = fake.undisturbed();
  const test::TemporaryFolder folder;
  const fs::path path = folder / "run";
  RunDir::create(path, fake.spec(), {});
  SilentProgress progress;
  int killed = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // A step takes a moment, so that the kill falls into any part of it.
      fake.go(*RunDir::resume(path, progress), [](std::int64_t) { return ::usleep(300) != 0; });
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(2000 + 1700 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status);
    const RunRecord record = read_run(path);
    CHECK((record.status.state == RunState::interrupted || record.status.state == RunState::created ||
           record.status.state == RunState::finished));
    for (const RunCheckpoint& one : record.checkpoints)
      CHECK(checkpoint_damage(one).empty());
  }
  CHECK(killed > 0);
  fake.go(*RunDir::resume(path, progress));
  CHECK(test::read_text(path / "metrics.jsonl") == whole);
  CHECK(read_run(path).status.state == RunState::finished);
}

TEST_CASE("half-written and damaged checkpoints are never taken") {
  const test::TemporaryFolder folder;
  FakeRun fake;
  const fs::path path = folder / "run";
  {
    const auto run = RunDir::create(path, fake.spec(), {});
    fake.go(*run, [](std::int64_t step) { return step == 8; });
  }
  // A crash between a checkpoint's files and its mark.
  fs::create_directories(path / "checkpoints" / "step-000008");
  test::write_text(path / "checkpoints" / "step-000008" / "model.safetensors", "half");
  Warnings warnings;
  CHECK(RunDir::resume(path, warnings)->last_checkpoint()->step == 6);
  CHECK(warnings.all.empty());

  // A disk that lost bytes: of equal size, shorter, gone.
  for (const std::string content : {"weights of step 7", "weights", ""}) {
    const fs::path file = path / "checkpoints" / "step-000006" / "model.safetensors";
    content.empty() ? static_cast<void>(fs::remove(file)) : test::write_text(file, content);
    Warnings said;
    const auto run = RunDir::resume(path, said);
    REQUIRE(run->last_checkpoint());
    CHECK(run->last_checkpoint()->step == 3);
    REQUIRE(said.all.size() == 1);
    CHECK(said.all[0].find("step-000006") != std::string::npos);
  }
  SilentProgress silent;
  const auto run = RunDir::resume(path, silent);
  REQUIRE(fake.go(*run));
  CHECK(test::read_text(path / "metrics.jsonl") == fake.undisturbed());
}

TEST_CASE("the policy decides which checkpoints stay") {
  const auto kept = [](std::int64_t last, bool best) {
    const test::TemporaryFolder folder;
    FakeRun fake;
    fake.checkpoint_every = 1;
    RunSpec spec = fake.spec();
    spec.checkpoint.keep_last = last;
    spec.checkpoint.keep_best = best;
    fake.go(*RunDir::create(folder / "run", spec, {}));
    return names_in(folder / "run" / "checkpoints");
  };
  CHECK(kept(1, false) == std::set<std::string>{"step-000010"});
  CHECK(kept(1, true) == std::set<std::string>{"step-000004", "step-000010"});
  CHECK(kept(3, true) == std::set<std::string>{"step-000004", "step-000008", "step-000009", "step-000010"});
  CHECK(kept(100, false).size() == 10);
}

TEST_CASE("one process works in a folder at a time, and readers do not disturb it") {
  const test::TemporaryFolder folder;
  const FakeRun fake;
  const fs::path path = folder / "run";
  {
    const auto run = RunDir::create(path, fake.spec(), {});
    run->begin(10);
    CHECK(RunLock::is_held(path));
    CHECK(read_run(path).status.state == RunState::running);
    SilentProgress progress;
    const Error error = test::error_of([&] { RunDir::resume(path, progress); });
    CHECK(error.kind() == ErrorKind::failed);
    CHECK(error.problem() == "another process works in this folder");
  }
  CHECK_FALSE(RunLock::is_held(path));
  CHECK(read_run(path).status.state == RunState::interrupted);
}

TEST_CASE("folders that are not fit for a run") {
  const test::TemporaryFolder folder;
  const FakeRun fake;
  fs::create_directories(folder / "other");
  test::write_text(folder / "other" / "mine.txt", "x");
  const Error full = test::error_of([&] { RunDir::create(folder / "other", fake.spec(), {}); });
  CHECK(full.found_value() == "mine.txt");
  CHECK(names_in(folder / "other") == std::set<std::string>{"mine.txt"});
  RunDir::create(folder / "run", fake.spec(), {});
  CHECK(test::error_of([&] { RunDir::create(folder / "run", fake.spec(), {}); })
            .remedy_text()
            .find("--resume") != std::string::npos);
  SilentProgress progress;
  CHECK(test::error_of([&] { RunDir::resume(folder / "other", progress); }).kind() == ErrorKind::bad_input);
  CHECK(test::error_of([&] { RunDir::create(folder / "other" / "mine.txt", fake.spec(), {}); }).kind() ==
        ErrorKind::failed);

  // A killed process that had only taken the lock.
  fs::create_directories(folder / "begun");
  test::write_text(folder / "begun" / "lock", "");
  test::write_text(folder / "begun" / "spec.json.partial", "{");
  CHECK(RunDir::create(folder / "begun", fake.spec(), {}) != nullptr);

  // A setting that was changed by hand.
  std::string text = test::read_text(folder / "run" / "spec.json");
  text.replace(text.find("\"rouge-l\""), 9, "\"rouge-1\"");
  test::write_text(folder / "run" / "spec.json", text);
  CHECK(test::error_of([&] { RunDir::resume(folder / "run", progress); }).field_name() == "spec_sha256");
}

TEST_CASE("a reader follows events as they come, and notices that a run went on from a checkpoint") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "metrics.jsonl";
  EventTail tail(file);
  CHECK(tail.poll().events.empty());
  {
    EventLog log(file, 0);
    log.add({{"event", "step"}, {"step", 1}});
    CHECK(tail.poll().events.size() == 1);
    CHECK(tail.poll().events.empty());
    log.add({{"event", "step"}, {"step", 2}});
    log.add({{"event", "step"}, {"step", 3}});
    CHECK(tail.poll().events.size() == 2);
  }
  std::ofstream(file, std::ios::app) << "{\"event\": \"st";  // torn
  CHECK(tail.poll().events.empty());
  EventLog log(file, 2);
  const auto news = tail.poll();
  CHECK(news.restarted);
  CHECK(news.events.size() == 2);
  log.add({{"event", "step"}, {"step", 3}, {"again", true}});
  const auto more = tail.poll();
  CHECK_FALSE(more.restarted);
  REQUIRE(more.events.size() == 1);
  CHECK(more.events[0].at("again") == true);
}

TEST_CASE("a broken line that is not the last is an error with its place") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "metrics.jsonl", "{\"event\": \"step\", \"step\": 1}\n{\"event\":\n{}\n");
  const Error error = test::error_of([&] { read_events(folder / "metrics.jsonl"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.field_name().find("line 2") != std::string::npos);
  CHECK_THROWS_AS(EventLog(folder / "metrics.jsonl", 5), Error);
  test::write_text(folder / "metrics.jsonl", "[]\n");
  CHECK_THROWS_AS(read_events(folder / "metrics.jsonl"), Error);
}

TEST_CASE("names of new folders tell runs apart") {
  const test::TemporaryFolder folder;
  RunSpec spec;
  spec.name = "my run";
  const fs::path first = new_run_folder(folder.path(), spec);
  CHECK(first.filename().string().find("-my run-" + spec_hash(spec).substr(0, 8)) != std::string::npos);
  fs::create_directories(first);
  CHECK(new_run_folder(folder.path(), spec) != first);
  CHECK(utc_now().size() == 20);
  for (const RunState state : {RunState::created, RunState::failed, RunState::interrupted})
    CHECK(run_state_named(run_state_name(state)) == state);
  CHECK_FALSE(run_state_named("asleep"));
}
