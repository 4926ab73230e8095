// A sweep around a loop that does not train: order, restart, failures, controls, tables.
#include "app/engine/sweep_job.h"

#include "app/engine/run_comparison.h"

#include <atomic>
#include <cmath>
#include <mutex>
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "tests/app/runs/fake_loop.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::FakePlan;

namespace {

namespace fs = std::filesystem;

const std::string spec_text = R"([teacher]
path = "/t"
[student]
path = "/s"
[data]
train = "/d.jsonl"
validation = "/v.jsonl"
[sweep]
"objective.name" = ["fkl", "rkl"]
"objective.tau" = [1, 2]
seed = [0, 1, 2]
baseline = "rkl@1"
)";

SweepPlan plan_of(const std::string& text = spec_text) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "sweep.toml", text);
  return read_sweep(folder / "sweep.toml");
}

/// Scores as an evaluation leaves them: reverse KL is better by 2 on every prompt, seeds differ a little.
void write_scores(const fs::path& run, const RunSpec& spec) {
  const fs::path folder = run / "eval" / "v";
  fs::create_directories(folder);
  std::string rows = "example,seed,metric,value\n";
  for (int prompt = 0; prompt < 20; ++prompt) {
    const double value = 10 + prompt + (spec.objective.name == "rkl" ? 2.0 + 0.01 * (prompt % 3) : 0.0) +
                         0.1 * static_cast<double>(spec.seed);
    rows += std::to_string(prompt) + ",10,rouge-l," + format_number(value) + "\n";
  }
  test::write_text(folder / "scores.csv", rows);
  const Json card{
      {"format", "tauscope-protocol"}, {"version", 1}, {"set", "v"}, {"model", spec.name}, {"decoding", {}}};
  test::write_text(folder / "protocol.json", card.dump());
}

/// Runs cells by the fake loop and counts them.
struct Workers {
  std::function<FakePlan(const SweepCell&)> plan = [](const SweepCell&) { return FakePlan{}; };
  std::function<void(const SweepCell&)> before = [](const SweepCell&) {};
  std::mutex mutex;
  std::vector<std::string> ran;

  RunCell cell() {
    return
        [this](const SweepCell& cell, const fs::path& folder, ProgressSink& progress, std::stop_token stop) {
          {
            const std::lock_guard lock(mutex);
            ran.push_back(cell.name);
            before(cell);
          }
          DistillParts parts = test::fake_parts(plan(cell));
          const auto evaluate = parts.evaluate;
          parts.evaluate = [evaluate](const RunSpec& spec, const fs::path& run, std::int64_t step,
                                      const fs::path& checkpoint, ProgressSink& sink, std::stop_token asked) {
            write_scores(run, spec);
            return evaluate(spec, run, step, checkpoint, sink, asked);
          };
          if (is_run_folder(folder)) return resume_distill(folder, parts, progress, stop).state;
          return run_distill(cell.spec, folder, false, {}, parts, progress, stop).state;
        };
  }
};

SweepRequest request_of(const fs::path& out, int workers = 1) {
  SweepRequest request;
  request.plan = plan_of();
  request.out = out;
  request.workers = workers;
  request.statistics.resamples = 200;
  request.statistics.threads = 1;
  return request;
}

}  // namespace

TEST_CASE("a sweep runs every cell once and makes its tables") {
  for (const int workers : {1, 3}) {
    const test::TemporaryFolder folder;
    SilentProgress progress;
    Workers work;
    const SweepOutcome outcome = run_sweep(request_of(folder / "s", workers), work.cell(), progress, {});
    REQUIRE(outcome.complete);
    CHECK(outcome.finished == 12);
    CHECK(work.ran.size() == 12);
    CHECK(std::set<std::string>(work.ran.begin(), work.ran.end()).size() == 12);
    CHECK(outcome.tables.controls.differing.empty());

    const auto& scores = *outcome.tables.scores;
    CHECK(scores.baseline == "rkl@1");
    CHECK(scores.tests == 3);
    REQUIRE(scores.rows.size() == 4);
    for (const ComparedRow& row : scores.rows) {
      CHECK(row.training_seeds == 3);
      CHECK(row.count == 20);
      const bool forward = row.model.starts_with("fkl");
      CHECK(row.mean == Approx(forward ? 19.6 : 21.6095).epsilon(1e-6));
      if (forward) CHECK(row.difference.delta == Approx(-2.0095).epsilon(1e-6));
      if (forward) CHECK(row.p_holm < 0.05);
      if (row.model == "rkl@2") CHECK(row.difference.delta == Approx(0).margin(1e-12));
    }
    for (const char* name : {"controls", "runs", "losses", "summary"})
      for (const char* extension : {".csv", ".md", ".tex"})
        CHECK(fs::file_size(folder / "s" / "tables" / (std::string(name) + extension)) > 20);
    const CsvTable runs = CsvTable::read(folder / "s" / "tables" / "runs.csv");
    CHECK(runs.rows.size() == 12);
    CHECK(runs.number(0, runs.column("rouge-l")) == 20);
    CHECK(runs.rows[11][runs.column("objective")] == "rkl");
    const CsvTable controls = CsvTable::read(folder / "s" / "tables" / "controls.csv");
    for (std::size_t i = 0; i < controls.rows.size(); ++i) {
      CHECK(controls.integer(i, controls.column("values")) == 1);
      CHECK(controls.integer(i, controls.column("cells")) == 4);
    }
    // Again: nothing is run, the tables are the same.
    const std::string before = test::read_text(folder / "s" / "tables" / "summary.csv");
    Workers none;
    CHECK(run_sweep(request_of(folder / "s"), none.cell(), progress, {}).complete);
    CHECK(none.ran.empty());
    CHECK(test::read_text(folder / "s" / "tables" / "summary.csv") == before);
  }
}

TEST_CASE("a stopped sweep goes on with what is unfinished") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  std::stop_source stop;
  Workers work;
  work.before = [&](const SweepCell& cell) {
    if (cell.name == "fkl@2 seed 1") stop.request_stop();
  };
  const SweepOutcome first = run_sweep(request_of(folder / "s"), work.cell(), progress, stop.get_token());
  CHECK_FALSE(first.complete);
  CHECK(first.finished == 4);
  Workers rest;
  const SweepOutcome second = run_sweep(request_of(folder / "s"), rest.cell(), progress, {});
  CHECK(second.complete);
  REQUIRE(rest.ran.size() == 8);
  CHECK(rest.ran.front() == "fkl@2 seed 1");
}

TEST_CASE("a run that fails does not keep the others from running, and is tried again") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  Workers work;
  work.plan = [](const SweepCell& cell) {
    FakePlan plan;
    if (cell.name == "fkl@1 seed 1") plan.fails_at = 5;
    return plan;
  };
  const Error error = test::error_of([&] { run_sweep(request_of(folder / "s"), work.cell(), progress, {}); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.found_value() == "fkl@1 seed 1: the loop broke");
  CHECK(work.ran.size() == 12);
  CHECK_FALSE(fs::exists(folder / "s" / "tables"));
  Workers again;
  CHECK(run_sweep(request_of(folder / "s"), again.cell(), progress, {}).complete);
  CHECK(again.ran == std::vector<std::string>{"fkl@1 seed 1"});
}

TEST_CASE("a full disk ends the sweep at once") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  int ran = 0;
  const RunCell full = [&](const SweepCell&, const fs::path&, ProgressSink&, std::stop_token) -> RunState {
    ++ran;
    throw Error::exhausted("x", "the disk is full");
  };
  const Error error = test::error_of([&] { run_sweep(request_of(folder / "s"), full, progress, {}); });
  CHECK(error.kind() == ErrorKind::exhausted);
  CHECK(ran == 1);
}

TEST_CASE("runs whose controls differ are not compared") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  Workers work;
  work.plan = [](const SweepCell& cell) {
    FakePlan plan;
    if (cell.name == "rkl@2 seed 1") plan.train = "another file";
    return plan;
  };
  const Error error = test::error_of([&] { run_sweep(request_of(folder / "s"), work.cell(), progress, {}); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.found_value() == "train under seed 1");
  CHECK(test::read_text(folder / "s" / "tables" / "controls.csv").find("1,train,4,2,differing") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(folder / "s" / "tables" / "summary.csv"));
}

TEST_CASE("a folder that holds another sweep is left alone") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  Workers work;
  run_sweep(request_of(folder / "s"), work.cell(), progress, {});
  SweepRequest other = request_of(folder / "s");
  std::string text = spec_text;
  other.plan = plan_of(text.replace(text.find("[1, 2]"), 6, "[1, 4]"));
  CHECK(
      test::error_of([&] { run_sweep(other, work.cell(), progress, {}); }).problem().find("another sweep") !=
      std::string::npos);
  // Another baseline is another table of the same runs.
  text = spec_text;
  SweepRequest baseline = request_of(folder / "s");
  baseline.plan.baseline = "fkl@2";
  Workers none;
  CHECK(run_sweep(baseline, none.cell(), progress, {}).tables.scores->baseline == "fkl@2");
  CHECK(none.ran.empty());
}

TEST_CASE("runs compare by their own names, and what differs between them is said") {
  const test::TemporaryFolder folder;
  SilentProgress progress;
  Workers work;
  run_sweep(request_of(folder / "s"), work.cell(), progress, {});
  const auto run = [&](const char* cell) { return folder / "s" / "runs" / cell; };
  std::vector<ScoredFolder> folders{
      {"", run("fkl@1_seed_0")}, {"", run("rkl@2_seed_0")}, {"own", run("rkl@2_seed_1")}};
  name_runs(folders);
  CHECK(folders[0].name == "fkl@1 seed 0");
  CHECK(folders[2].name == "own");
  CHECK(folders[1].folder == run("rkl@2_seed_0") / "eval");
  const auto lines = run_differences(folders);
  const std::set<std::string> found(lines.begin(), lines.end());
  CHECK(found.contains("objective.name: fkl@1 seed 0 fkl, rkl@2 seed 0 rkl, own rkl"));
  CHECK(found.contains("objective.tau: fkl@1 seed 0 1.0, rkl@2 seed 0 2.0, own 2.0"));
  CHECK(found.contains("controls.data_order: fkl@1 seed 0 0, rkl@2 seed 0 0, own 1"));
  CHECK(found.contains("seed: fkl@1 seed 0 0, rkl@2 seed 0 0, own 1"));
  BootstrapOptions statistics;
  statistics.resamples = 200;
  CHECK(compare_scores(folders, "", {}, statistics, progress).rows.size() == 3);

  // Copies of one run share its name.
  fs::copy(run("fkl@1_seed_0"), folder / "copy", fs::copy_options::recursive);
  std::vector<ScoredFolder> same{{"", run("fkl@1_seed_0")}, {"", folder / "copy"}};
  name_runs(same);
  CHECK(same[0].name == "fkl@1_seed_0");
  CHECK(same[1].name == "copy");
  CHECK(run_differences(same).empty());
  fs::remove_all(folder / "copy" / "eval");
  same = {{"", folder / "copy"}};
  CHECK(test::error_of([&] { name_runs(same); }).problem() == "the run has no scores");
}

TEST_CASE("tables in four forms") {
  const PlainTable table{"two of them", {"name", "x_1"}, {{"a|b", "1"}, {"c, \"d\" & 5%", "22"}}};
  CHECK(plain_table_text(table, ComparisonFormat::csv) == "name,x_1\na|b,1\n\"c, \"\"d\"\" & 5%\",22\n");
  CHECK(plain_table_text(table, ComparisonFormat::markdown) ==
        "| name | x_1 |\n|---|---:|\n| a\\|b | 1 |\n| c, \"d\" & 5% | 22 |\n\ntwo of them\n");
  CHECK(plain_table_text(table, ComparisonFormat::latex) ==
        "% two of them\n\\begin{tabular}{lr}\n\\toprule\nname & x\\_1 \\\\\n\\midrule\na|b & 1 \\\\\n"
        "c, \"d\" \\& 5\\% & 22 \\\\\n\\bottomrule\n\\end{tabular}\n");
  CHECK(plain_table_text(table, ComparisonFormat::text) ==
        "two of them\nname         x_1\na|b            1\nc, \"d\" & 5%   22\n");
}
